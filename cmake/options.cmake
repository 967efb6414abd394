# Build options and compiler flags.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or Sanitize" FORCE)
endif()

set(PW_MARCH "x86-64-v2" CACHE STRING
    "-march for the compiler: a portable default; 'native' is fastest on the machine that builds; '' for none")
option(PW_WERROR "Treat warnings as errors" OFF)

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes)
# Wide vectors are handed to functions that are always inlined only: how they would be passed does not matter.
add_compile_options(-Wno-psabi)
if(PW_WERROR)
  add_compile_options(-Werror)
endif()
if(PW_MARCH AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-march=${PW_MARCH})
elseif(PW_MARCH STREQUAL "native")
  add_compile_options(-march=native)
endif()

set(CMAKE_C_FLAGS_RELEASE "-O3 -g1")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g3")
set(CMAKE_C_FLAGS_SANITIZE "-O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined")
set(CMAKE_EXE_LINKER_FLAGS_SANITIZE "-fsanitize=address,undefined")

# Kernels opt in, file by file: set_source_files_properties(x.c PROPERTIES COMPILE_OPTIONS "${PW_KERNEL_FLAGS}").
# No -ffast-math anywhere: reductions keep their order, so bit-reproducibility stays ours.
set(PW_KERNEL_FLAGS -fno-math-errno -fno-trapping-math -ffp-contract=fast)
# The portable default without contraction in the rest, so that results do not depend on inlining.
add_compile_options(-ffp-contract=off)
