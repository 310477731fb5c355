# The static library `kernels`: all of native/ but the bindings. KERNELS_DESCRIBED says how it was compiled. Set before
# it is included, INSTRUCTION_SETS, FLAGS_avx512 and KERNEL_OPTIMIZATION replace what stands here.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# -ffp-contract=off: a product and a sum are fused where the code says fma and nowhere else, so that the same line
# gives the same bits wherever it is compiled. An instruction set's flags reach its own translation unit alone.
if(NOT KERNEL_OPTIMIZATION)
  set(KERNEL_OPTIMIZATION -O3)
endif()
set(KERNEL_FLAGS ${KERNEL_OPTIMIZATION} -ffp-contract=off -Wall -Wextra -Wpedantic)
set(FLAGS_plain -fno-trapping-math)  # without it GCC leaves the loops around comparisons scalar, five times slower
if(NOT FLAGS_avx512)
  set(FLAGS_avx512 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    list(APPEND FLAGS_avx512 -Wno-uninitialized -Wno-maybe-uninitialized)  # GCC 12 warns inside its own header
  endif()
endif()
set(FLAGS_avx2 -mavx2 -mfma)
if(INSTRUCTION_SETS)
  # As the caller wants.
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(INSTRUCTION_SETS avx512 avx2 plain)  # the best one first
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(INSTRUCTION_SETS neon plain)
else()
  set(INSTRUCTION_SETS plain)
endif()

add_library(kernels STATIC ${CMAKE_CURRENT_LIST_DIR}/dispatch.cpp ${CMAKE_CURRENT_LIST_DIR}/lexicon.cpp
            ${CMAKE_CURRENT_LIST_DIR}/parallel.cpp ${CMAKE_CURRENT_LIST_DIR}/stack.cpp
            ${CMAKE_CURRENT_LIST_DIR}/strokes.cpp)
set_target_properties(kernels PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden)
target_compile_options(kernels PRIVATE -Wall -Wextra)
target_include_directories(kernels PUBLIC ${CMAKE_CURRENT_LIST_DIR})
foreach(isa ${INSTRUCTION_SETS})
  string(TOUPPER ${isa} ISA)
  add_library(kernels_${isa} OBJECT ${CMAKE_CURRENT_LIST_DIR}/table.cpp)
  set_target_properties(kernels_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden)
  target_compile_options(kernels_${isa} PRIVATE ${KERNEL_FLAGS} ${FLAGS_${isa}})
  target_compile_definitions(kernels_${isa} PRIVATE UNROLLED_ISA=${isa} UNROLLED_${ISA})
  target_sources(kernels PRIVATE $<TARGET_OBJECTS:kernels_${isa}>)
  target_compile_definitions(kernels PRIVATE UNROLLED_HAS_${ISA})
  string(JOIN " " flags ${FLAGS_${isa}})
  string(APPEND KERNELS_DESCRIBED " | ${isa}: ${flags}")
endforeach()
string(JOIN " " common ${KERNEL_FLAGS})
string(PREPEND KERNELS_DESCRIBED "${common}")
