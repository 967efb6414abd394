# One folder, one library, one include path.
#
# add_storey(NAME BELOW base par ... LIBRARIES PkgConfig::GSL ...)
#   All *.c of the folder. Headers are included as "NAME/file.h". The include directory of a storey is a
#   staging folder that holds nothing but a link to that storey, so only storeys named in BELOW (and theirs)
#   can be included.
function(add_storey name)
  cmake_parse_arguments(S "" "" "BELOW;LIBRARIES;INCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  if(NOT sources)
    return()
  endif()
  set(stage ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${stage})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${stage}/${name} SYMBOLIC)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${stage} PRIVATE ${S_INCLUDE})
  list(FILTER S_BELOW INCLUDE REGEX ".")
  foreach(below IN LISTS S_BELOW)
    if(TARGET ${below})
      target_link_libraries(${name} PUBLIC ${below})
    endif()
  endforeach()
  target_link_libraries(${name} PRIVATE ${S_LIBRARIES} m)
endfunction()

# Open MPI refuses to run as root or with more ranks than cores unless told; told here to tests only. A program started without
# mpirun would start a daemon that it never needs, a third of the time that a refusal takes.
set(PW_TEST_ENVIRONMENT
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
    OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_ess_singleton_isolated=1 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 ASAN_OPTIONS=detect_leaks=0)

# A cmocka program FOLDER/test_FILE.c linked with STOREY.
function(add_test_program storey source)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${storey} PkgConfig::CMOCKA PkgConfig::GSL m)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE PW_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
endfunction()

# A folder of its own for the test NAME: its files meet no other test's, whatever runs beside it.
function(test_folder name)
  set(folder ${CMAKE_BINARY_DIR}/test_folders/${name})
  file(MAKE_DIRECTORY ${folder})
  set_tests_properties(${name} PROPERTIES WORKING_DIRECTORY ${folder})
endfunction()

# All tests/LABEL/STOREY/test_*.c, each run once in one process under the given label; target LABEL_tests builds them all.
function(add_folder_tests label storey)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${storey}/test_*.c)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    string(REPLACE "test_" "" short ${name})
    add_test_program(${storey} ${source})
    if(NOT TARGET ${label}_tests)
      add_custom_target(${label}_tests)
    endif()
    add_dependencies(${label}_tests ${name})
    add_test(NAME ${label}.${storey}.${short} COMMAND ${name})
    test_folder(${label}.${storey}.${short})
    set_tests_properties(${label}.${storey}.${short} PROPERTIES LABELS ${label} TIMEOUT 300
                         ENVIRONMENT "${PW_TEST_ENVIRONMENT}")
  endforeach()
endfunction()

# add_mpi_test(STOREY test_FILE.c "1;2;4;7" [LABEL]): the same program under mpirun, once per rank count.
function(add_mpi_test storey source ranks)
  set(label parallel)
  if(ARGC GREATER 3)
    set(label ${ARGV3})
  endif()
  get_filename_component(name ${source} NAME_WE)
  string(REPLACE "test_" "" short ${name})
  add_test_program(${storey} ${CMAKE_CURRENT_SOURCE_DIR}/${source})
  foreach(n IN LISTS ranks)
    add_test(NAME ${label}.${storey}.${short}.np${n}
             COMMAND ${MPIEXEC_EXECUTABLE} -n ${n} $<TARGET_FILE:${name}>)
    test_folder(${label}.${storey}.${short}.np${n})
    set_tests_properties(${label}.${storey}.${short}.np${n} PROPERTIES LABELS ${label} TIMEOUT 600
                         PROCESSORS 2 ENVIRONMENT "${PW_TEST_ENVIRONMENT}")
  endforeach()
endfunction()
