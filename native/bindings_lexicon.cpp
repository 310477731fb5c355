// The keyboard's kernels for src/unrolled/completion/search.py. Sizes are checked here, the words as they are read.
#include "bindings.h"
#include "lexicon.h"

using namespace unrolled;

namespace {

template <class T>
struct Array {
  const T* data;
  std::size_t size;

  explicit Array(nb::handle from) : data(pointer<const T>(from)), size(0) {
    Py_buffer view;
    if (data == nullptr || PyObject_GetBuffer(from.ptr(), &view, PyBUF_C_CONTIGUOUS) != 0) {
      throw nb::type_error("expected an array");
    }
    size = static_cast<std::size_t>(view.len) / sizeof(T);
    PyBuffer_Release(&view);
  }
};

void require(bool met) {
  if (!met) throw nb::value_error("arrays of a lexicon's search do not fit each other");
}

Lexicon lexicon_of(const nb::tuple& words) {
  require(nb::len(words) == 7);
  const Array<std::int32_t> offsets(item(words, 0)), order(item(words, 5));
  const Array<std::uint32_t> letters(item(words, 1)), bases(item(words, 2));
  const Array<std::uint16_t> pairs(item(words, 3));
  const Array<std::uint8_t> shared(item(words, 4)), classes(item(words, 6));
  const std::size_t W = shared.size;
  require(offsets.size == W + 1 && order.size == W && classes.size == W);
  require(bases.size == letters.size && pairs.size == letters.size);
  return {W, letters.size, offsets.data, letters.data, bases.data, pairs.data, shared.data, order.data, classes.data};
}

Typed typed_of(const nb::tuple& typed) {
  require(nb::len(typed) == 2);
  const Array<std::uint32_t> letters(item(typed, 0)), bases(item(typed, 1));
  require(bases.size == letters.size && letters.size <= longest_typed);
  return {letters.size, letters.data, bases.data};
}

TypingErrors errors_of(const nb::tuple& errors) {
  require(nb::len(errors) == 10);
  const Array<float> substitution(item(errors, 0)), omission(item(errors, 1)), insertion(item(errors, 2));
  require(substitution.size == key_count * key_count && insertion.size == substitution.size);
  require(omission.size == key_count);
  const auto number = [&](std::size_t i) { return nb::cast<float>(item(errors, i)); };
  return {substitution.data, omission.data, insertion.data, number(3), number(4), number(5), number(6),
          number(7), number(8), number(9)};
}

// words: offsets, letters, bases, pairs, shared, order, classes; typed: letters, bases; errors: substitution, omission,
// insertion, doubled, transposition, accent, first, whole, exact, budget. Returns the best words as (id, score, cost), and
// the sum of all scores.
nb::tuple best_words(const nb::tuple& words, const nb::tuple& typed, const nb::tuple& errors, nb::handle p,
                     nb::handle factors, std::size_t most) {
  const Lexicon lexicon = lexicon_of(words);
  const TypingErrors costs = errors_of(errors);
  const Array<float> probabilities(p), cases(factors);
  double total = 0.0;
  nb::list best;
  if (most > 0) {
    const std::vector<Range> ranges = search(lexicon, typed_of(typed), costs);
    const std::vector<Match> matches = rank(lexicon, ranges, costs, probabilities.data, probabilities.size, cases.data,
                                            cases.size, most, &total);
    for (const Match& match : matches) {
      best.append(nb::make_tuple(lexicon.order[match.word], match.score, match.cost));
    }
  }
  return nb::make_tuple(best, total);
}

}  // namespace

void bind_lexicon(nb::module_& m) { m.def("best_words", best_words); }
