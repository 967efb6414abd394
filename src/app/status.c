#include "app/status.h"

#include "base/mem.h"
#include "base/timer.h"

#include <stdio.h>
#include <stdlib.h>

void status_init(Status *s, const StageRun *run, int64_t first, int64_t target)
{
    *s = (Status){.run = run, .target = target, .first = first, .checkpoint = -1};
    s->path = mem_format("%s/run.json", run->study->output);
    s->began = timer_now();
    s->shown = s->began - 2.0;
}

void status_clear(Status *s)
{
    free(s->path);
    *s = (Status){0};
}

void status_show(Status *s, int64_t step, const char *state)
{
    double now = timer_now();
    if (!comm_is_root(s->run->comm) || (state == NULL && now - s->shown < 1.0))
        return;
    s->shown = now;
    char date[21], left[32] = "null", *part = mem_format("%s.part", s->path);
    timer_date(date);
    if (step > s->first)
        snprintf(left, sizeof left, "%.1f",
                 (now - s->began) * (double)(s->target - step) / (double)(step - s->first));
    FILE *file = fopen(part, "w");
    if (file != NULL) {
        fprintf(file,
                "{\"study\": \"%s\", \"stage\": \"%s\", \"state\": \"%s\", \"step\": %lld, "
                "\"target\": %lld, \"time_left_s\": %s, \"checkpoint_step\": %lld, "
                "\"updated\": \"%s\"}\n",
                s->run->study->name, stage_name(s->run->stage), state ? state : "running",
                (long long)step, (long long)s->target, left, (long long)s->checkpoint, date);
        bool whole = ferror(file) == 0;
        if (fclose(file) != 0 || !whole || rename(part, s->path) != 0)
            remove(part);
    }
    free(part);
}
