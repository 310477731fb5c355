// A trie over sorted words, for a keyboard: which of them may be meant by the letters typed so far, errors forgiven.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace unrolled {

constexpr std::size_t key_count = 128;  // ASCII; key 0 stands for what no key bears, other_key for a key elsewhere
constexpr std::size_t other_key = 2;
constexpr std::uint32_t not_typed = 0x2e80;  // from here on: Chinese, Japanese, Korean, pictures
constexpr std::size_t longest_word = 64;     // letters
constexpr std::size_t longest_typed = 64;    // letters

// W words in alphabetical order. Word w has the letters offsets[w] .. offsets[w + 1], at most longest_word, of which the
// first shared[w] are those of the word before: a trie whose nodes are ranges of words.
struct Lexicon {
  std::size_t W;
  std::size_t letter_count;
  const std::int32_t* offsets;   // (W + 1)
  const std::uint32_t* letters;  // code points
  const std::uint32_t* bases;    // each letter without its accent; which says what key it has
  const std::uint16_t* pairs;    // two ASCII letters that may be typed for it, the first in the low byte; 0 for none
  const std::uint8_t* shared;    // (W)
  const std::int32_t* order;     // (W) ids: places in p
  const std::uint8_t* classes;   // (W) places in factors
};

struct Typed {
  std::size_t length;  // at most longest_typed
  const std::uint32_t* letters;
  const std::uint32_t* bases;
};

// Costs in nats; what costs more than the budget is not found. Where what was typed becomes a whole word, that word's
// cost is `whole` lower, and `exact` lower where nothing had to be mended.
struct TypingErrors {
  const float* substitution;  // (key_count, key_count): the word's key, the typed key
  const float* omission;      // (key_count): a letter of the word that was not typed
  const float* insertion;     // (key_count, key_count): a letter too many, the second, beside the first
  float doubled;              // a letter typed twice
  float transposition;        // two letters swapped
  float accent;               // a letter without its accent, or two letters in place of one
  float first;                // more for an error in the first letter
  float whole;
  float exact;
  float budget;
};

// Words begin .. end that begin with what was typed at `cost`, the least weighted edit distance (Damerau's, restricted)
// of the typed letters from any of the words' beginnings. Those of `length` letters, which stand first, become all of it at
// the cost `whole`.
struct Range {
  std::size_t begin, end, length;
  float cost, whole;
};

// The ranges in order and apart. Throws std::invalid_argument where the lexicon is not what it should be.
std::vector<Range> search(const Lexicon& lexicon, const Typed& typed, const TypingErrors& errors);

struct Match {
  std::size_t word;
  float score, cost;
};

// At most `most` words of the ranges by p[order[w]] · factors[classes[w]] · exp(-cost), best first, of equals the
// earlier; those with 0 are left out. Adds all scores to *total. Throws std::invalid_argument for an id from V on.
std::vector<Match> rank(const Lexicon& lexicon, const std::vector<Range>& ranges, const TypingErrors& errors,
                        const float* p, std::size_t V, const float* factors, std::size_t factor_count, std::size_t most,
                        double* total);

}  // namespace unrolled
