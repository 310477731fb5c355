// The words that a stroke over a keyboard may stand for: a search for the best connectionist temporal classification
// (Graves et al. 2006) over a trie of key sequences, joined with the words' prior probabilities.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace unrolled {

constexpr std::size_t longest_keys = 64;  // keys of a word
constexpr std::size_t most_frames = 1024;

// What a network read from T frames: log probabilities, those of a frame sum to at most 1.
struct Frames {
  std::size_t T, K;
  const float* blank;  // (T)
  const float* keys;   // (T, K)
};

// N nodes in the order of a breadth-first walk, the root first: those of a level after all of the level above, siblings
// together. No key follows itself. The words of node n, which are written by the keys down to it, are
// ids[words[n]] .. ids[words[n + 1]].
struct KeyTrie {
  std::size_t N, W;
  const std::int32_t* children;  // (N + 1): node n's are children[n] .. children[n + 1]
  const std::uint8_t* keys;      // (N)
  const std::int32_t* words;     // (N + 1)
  const std::int32_t* ids;       // (W): places in p
};

struct Prior {
  const float* p;  // (V); a word with 0 is never found
  std::size_t V;
  double weight;  // a word's score is log p(its keys | frames) + weight · log max(p, least)
  double least;
};

// At most `most` words as id and score, best first. Throws std::invalid_argument where the trie is not what it should be.
std::vector<std::pair<std::int32_t, double>> search_stroke(const Frames& frames, const KeyTrie& trie, const Prior& prior,
                                                           std::size_t most);

}  // namespace unrolled
