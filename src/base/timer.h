/* timer.h -- wall-clock time, for reports and time limits; never for results. */
#ifndef BASE_TIMER_H
#define BASE_TIMER_H

/* Seconds of a monotonic clock. Local. */
double timer_now(void);

/* CPU seconds of this process. Local. */
double timer_cpu(void);

/* The present date and time as "2020-06-04T12:00:00Z" into text[21]. Local. */
void timer_date(char text[21]);

#endif
