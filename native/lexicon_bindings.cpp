// The keyboard's kernels for src/unrolled/keyboard/search.py, which checks what it passes.
#include "bindings.h"
#include "lexicon.h"

namespace unrolled {

namespace {

std::size_t length(nb::handle array) { return static_cast<std::size_t>(nb::len(array)); }

// words: offsets, letters, keys, shared; errors: substitution, omission, insertion, transposition, budget.
std::size_t search_words(const nb::tuple& words, const nb::tuple& typed, const nb::tuple& errors, const nb::tuple& found) {
  const auto number = [&](std::size_t i) { return nb::cast<float>(item(errors, i)); };
  const Lexicon lexicon{length(item(words, 3)),
                                  pointer<const std::int32_t>(item(words, 0)),
                                  pointer<const std::uint32_t>(item(words, 1)),
                                  pointer<const std::uint8_t>(item(words, 2)),
                                  pointer<const std::uint8_t>(item(words, 3))};
  return search(lexicon,
                          {length(item(typed, 0)),
                           pointer<const std::uint32_t>(item(typed, 0)), pointer<const std::uint8_t>(item(typed, 1))},
                          {pointer<const float>(item(errors, 0)), pointer<const float>(item(errors, 1)), number(2),
                           number(3), number(4)},
                          pointer<std::int32_t>(item(found, 0)), pointer<std::int32_t>(item(found, 1)),
                          pointer(item(found, 2)));
}

nb::tuple rank_words(const nb::tuple& ranges, nb::handle order, nb::handle classes, nb::handle p, nb::handle factors,
               const nb::tuple& found) {
  double total = 0.0;
  const std::size_t count = rank(
      {nb::cast<std::size_t>(item(ranges, 0)), pointer<const std::int32_t>(item(ranges, 1)),
       pointer<const std::int32_t>(item(ranges, 2)), pointer<const float>(item(ranges, 3))},
      pointer<const std::int32_t>(order), pointer<const std::uint8_t>(classes), pointer<const float>(p),
      pointer<const float>(factors), length(item(found, 0)),
      pointer<std::int32_t>(item(found, 0)), pointer(item(found, 1)), pointer(item(found, 2)), &total);
  return nb::make_tuple(count, total);
}

}  // namespace

void bind_lexicon(nb::module_& m) {
  m.def("search", search_words);
  m.def("rank", rank_words);
}

}  // namespace unrolled
