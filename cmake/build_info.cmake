# Run at every build (cmake -P): writes what the build knows into HEADER, only if it changed.
# -D SOURCE= -D HEADER= -D VERSION= -D COMPILER= -D FLAGS= -D LIBRARIES=

# The program's own sources, for a digest that needs no git.
file(GLOB_RECURSE sources RELATIVE ${SOURCE} ${SOURCE}/src/*.c ${SOURCE}/src/*.h ${SOURCE}/analysis/*.c
     ${SOURCE}/analysis/*.h ${SOURCE}/cmake/options.cmake)
list(SORT sources)
set(digests "")
foreach(file IN LISTS sources)
  file(SHA256 ${SOURCE}/${file} digest)
  string(APPEND digests "${file} ${digest}\n")
endforeach()
string(SHA256 code "${digests}${COMPILER}${FLAGS}")

set(git unknown)
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --short=12 HEAD OUTPUT_VARIABLE hash
                  RESULT_VARIABLE status ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(status EQUAL 0)
    set(git ${hash})
    execute_process(COMMAND ${GIT} -C ${SOURCE} status --porcelain OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      string(APPEND git ", changed")
    endif()
  endif()
endif()

set(text "#define BUILD_VERSION \"${VERSION}\"
#define BUILD_GIT \"${git}\"
#define BUILD_CODE \"${code}\"
#define BUILD_COMPILER \"${COMPILER}\"
#define BUILD_FLAGS \"${FLAGS}\"
#define BUILD_LIBRARIES \"${LIBRARIES}\"
")
set(old "")
if(EXISTS ${HEADER})
  file(READ ${HEADER} old)
endif()
if(NOT text STREQUAL old)
  file(WRITE ${HEADER} "${text}")
endif()
