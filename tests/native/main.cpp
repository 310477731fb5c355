// Tests of the native kernels without Python, made to run under sanitizers and emulators (make sanitize, make emulate).
//
//   kernels_test --available        the instruction sets to force by UNROLLED_ISA, one a line
//   kernels_test [EFFORT] [PART]    run, PART "recurrent" or "threads" alone; exit 1 if anything fails
#include <cstdlib>

#include "check.h"
#include "kernels.h"
#include "test.h"

int main(int count, char** arguments) {
  const std::string first = count > 1 ? arguments[1] : "1", part = count > 2 ? arguments[2] : "";
  if (first == "--available") {
    for (const char* name : unrolled::available()) std::puts(name);
    return 0;
  }
  const std::size_t effort = std::strtoul(first.c_str(), nullptr, 10);
  if (part.empty()) test_elementwise(), test_rows(), test_scores(effort), test_cross_entropy(effort);
  if (part.empty()) test_lexicon(effort), test_strokes(effort);
  if (part.empty() || part == "recurrent") test_recurrent(effort), test_stack(effort);
  if (part.empty() || part == "threads") test_shared_work(effort), test_scan(effort), test_threads(effort);
  std::printf("%s: %d checks, %d failed\n", unrolled::kernels().instruction_set, check::checks, check::failures);
  return check::failures == 0 ? 0 : 1;
}
