// The search for src/unrolled/strokes/search.py. Sizes are checked here, the trie by the search.
#include "bindings.h"
#include "strokes.h"

using namespace unrolled;

namespace {

// frames: blank (T), keys (T, K), float32; trie: children, keys, words, ids; prior: p, weight, least. Returns the best
// words as (id, score).
nb::list stroke_words(const nb::tuple& frames, const nb::tuple& trie, const nb::tuple& prior, std::size_t most) {
  const Array keys = look<const float>("keys", item(frames, 1, 2), 2);
  const std::size_t T = keys.size(0), K = keys.size(1);
  const Frames read{T, K, whole<const float>("blank", item(frames, 0, 2), {T}), elements<const float>("keys", keys)};

  const Array labels = look<const std::uint8_t>("the trie's keys", item(trie, 1, 4), 1);
  const Array ids = look<const std::int32_t>("ids", item(trie, 3, 4), 1);
  const std::size_t N = labels.size(0), W = ids.size(0);
  const KeyTrie nodes{N,
                      W,
                      whole<const std::int32_t>("children", item(trie, 0, 4), {N + 1}),
                      elements<const std::uint8_t>("the trie's keys", labels),
                      whole<const std::int32_t>("words", item(trie, 2, 4), {N + 1}),
                      elements<const std::int32_t>("ids", ids)};

  const Array p = look<const float>("p", item(prior, 0, 3), 1);
  const Prior before{elements<const float>("p", p), p.size(0), nb::cast<double>(item(prior, 1, 3)),
                     nb::cast<double>(item(prior, 2, 3))};
  nb::list best;
  for (const auto& [id, score] : search_stroke(read, nodes, before, most)) best.append(nb::make_tuple(id, score));
  return best;
}

}  // namespace

void bind_strokes(nb::module_& m) { m.def("stroke_words", stroke_words); }
