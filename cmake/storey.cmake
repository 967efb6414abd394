# One folder, one library, one include path.
#
# add_storey(NAME SOURCES a.c b.c ... BELOW base par ... LIBRARIES PkgConfig::GSL ...)
#   Headers are included as "NAME/file.h". The include directory of a storey is a staging folder that
#   holds nothing but a link to that storey, so only storeys named in BELOW (and theirs) can be included.
function(add_storey name)
  cmake_parse_arguments(S "" "" "SOURCES;BELOW;LIBRARIES" ${ARGN})
  set(stage ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${stage})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${stage}/${name} SYMBOLIC)
  add_library(${name} STATIC ${S_SOURCES})
  target_include_directories(${name} PUBLIC ${stage})
  target_link_libraries(${name} PUBLIC ${S_BELOW} PRIVATE ${S_LIBRARIES} m)
endfunction()

# add_unit_test(STOREY file [LIBRARIES ...]): tests/unit/STOREY/test_FILE.c, a cmocka program of under a second.
function(add_unit_test storey file)
  cmake_parse_arguments(T "" "LABEL" "LIBRARIES" ${ARGN})
  if(NOT T_LABEL)
    set(T_LABEL unit)
  endif()
  add_executable(test_${file} ${CMAKE_CURRENT_SOURCE_DIR}/test_${file}.c)
  target_link_libraries(test_${file} PRIVATE ${storey} PkgConfig::CMOCKA ${T_LIBRARIES} m)
  target_compile_definitions(test_${file} PRIVATE PW_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${T_LABEL}.${storey}.${file} COMMAND test_${file})
  set_tests_properties(${T_LABEL}.${storey}.${file} PROPERTIES LABELS ${T_LABEL}
                       ENVIRONMENT "${PW_TEST_ENVIRONMENT}")
endfunction()

# add_mpi_test(NAME STOREY file RANKS "1;2;4;7" [LIBRARIES ...]): the same cmocka program under mpirun.
function(add_mpi_test storey file)
  cmake_parse_arguments(T "" "LABEL" "RANKS;LIBRARIES" ${ARGN})
  if(NOT T_LABEL)
    set(T_LABEL parallel)
  endif()
  add_executable(test_${file} ${CMAKE_CURRENT_SOURCE_DIR}/test_${file}.c)
  target_link_libraries(test_${file} PRIVATE ${storey} PkgConfig::CMOCKA ${T_LIBRARIES} m)
  target_compile_definitions(test_${file} PRIVATE PW_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  foreach(ranks IN LISTS T_RANKS)
    set(test ${T_LABEL}.${storey}.${file}.np${ranks})
    add_test(NAME ${test} COMMAND ${MPIEXEC_EXECUTABLE} -n ${ranks} $<TARGET_FILE:test_${file}>)
    set_tests_properties(${test} PROPERTIES LABELS ${T_LABEL} PROCESSORS 2 TIMEOUT 300
                         ENVIRONMENT "${PW_TEST_ENVIRONMENT}")
  endforeach()
endfunction()

# Open MPI refuses to run as root or with more ranks than cores unless told; told here only to tests.
set(PW_TEST_ENVIRONMENT
    "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1;OMPI_MCA_mpi_yield_when_idle=1;OMPI_MCA_btl_base_warn_component_unused=0;OMPI_MCA_plm_rsh_agent=;OPENBLAS_NUM_THREADS=1;OMP_NUM_THREADS=1;ASAN_OPTIONS=detect_leaks=0")
