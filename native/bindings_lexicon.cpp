// The keyboard's kernels for src/unrolled/keyboard/search.py, which checks what it passes.
#include <vector>

#include "bindings.h"
#include "lexicon.h"

using namespace unrolled;

namespace {

std::size_t length(nb::handle array) { return static_cast<std::size_t>(nb::len(array)); }

// words: offsets, letters, keys, shared, order, classes; typed: letters, keys; errors: substitution, omission,
// insertion, transposition, budget. Returns the best words as (id, score, cost), and the sum of all scores.
nb::tuple best_words(const nb::tuple& words, const nb::tuple& typed, const nb::tuple& errors, nb::handle p,
                     nb::handle factors, std::size_t most) {
  const auto number = [&](std::size_t i) { return nb::cast<float>(item(errors, i)); };
  const std::size_t W = length(item(words, 3));
  const Lexicon lexicon{W, pointer<const std::int32_t>(item(words, 0)), pointer<const std::uint32_t>(item(words, 1)),
                        pointer<const std::uint8_t>(item(words, 2)), pointer<const std::uint8_t>(item(words, 3))};
  const Typed letters{length(item(typed, 0)), pointer<const std::uint32_t>(item(typed, 0)),
                      pointer<const std::uint8_t>(item(typed, 1))};
  const TypingErrors costs{pointer<const float>(item(errors, 0)), pointer<const float>(item(errors, 1)), number(2),
                           number(3), number(4)};
  const auto order = pointer<const std::int32_t>(item(words, 4));

  std::vector<std::int32_t> begin(W), end(W), index(most);
  std::vector<float> range_cost(W), score(most), cost(most);
  double total = 0.0;
  const std::size_t ranges = search(lexicon, letters, costs, begin.data(), end.data(), range_cost.data());
  const std::size_t found = rank({ranges, begin.data(), end.data(), range_cost.data()}, order,
                                 pointer<const std::uint8_t>(item(words, 5)), pointer<const float>(p),
                                 pointer<const float>(factors), most, index.data(), score.data(), cost.data(), &total);
  nb::list best;
  for (std::size_t i = 0; i < found; ++i) best.append(nb::make_tuple(order[index[i]], score[i], cost[i]));
  return nb::make_tuple(best, total);
}

}  // namespace

void bind_lexicon(nb::module_& m) { m.def("best_words", best_words); }
