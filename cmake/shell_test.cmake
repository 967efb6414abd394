# add_shell_test(LABEL NAME): NAME.sh of the present folder, run with bash on the built program. Exit code 77: skipped.
function(add_shell_test label name)
  add_test(NAME ${label}.${name} COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/${name}.sh)
  set_tests_properties(${label}.${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 300
    ENVIRONMENT "${PW_TEST_ENVIRONMENT};OMPI_MCA_odls_base_sigkill_timeout=0;PADDLEWHEEL=$<TARGET_FILE:paddlewheel>;MPIEXEC=${MPIEXEC_EXECUTABLE};SOURCE=${CMAKE_SOURCE_DIR};BUILD=${CMAKE_BINARY_DIR};CC=${CMAKE_C_COMPILER}")
endfunction()
