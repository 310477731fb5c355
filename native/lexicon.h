// A trie over sorted words, for a keyboard: which of them may be meant by the letters typed so far, errors forgiven.
#pragma once

#include <cstddef>
#include <cstdint>

namespace unrolled {

constexpr std::size_t key_count = 128;         // ASCII; key 0 stands for letters that no key bears
constexpr std::size_t longest_word = 64;       // letters
constexpr std::size_t longest_typed = 64;      // letters

// W words in alphabetical order. Word w has the letters offsets[w] .. offsets[w + 1], at most longest_word, of which the
// first shared[w] are those of the word before: a trie whose nodes are ranges of words.
struct Lexicon {
  std::size_t W;
  const std::int32_t* offsets;   // (W + 1)
  const std::uint32_t* letters;  // code points
  const std::uint8_t* keys;      // the key of each letter, below key_count
  const std::uint8_t* shared;    // (W)
};

struct Typed {
  std::size_t length;  // at most longest_typed
  const std::uint32_t* letters;
  const std::uint8_t* keys;
};

// Costs in nats; what costs more than the budget is not found.
struct TypingErrors {
  const float* substitution;  // (key_count, key_count): the word's key, the typed key
  const float* omission;      // (key_count): a letter of the word that was not typed
  float insertion;            // a letter too many
  float transposition;        // two letters swapped
  float budget;
};

// Ranges of words begin[i] .. end[i], in order and apart, that begin with what was typed at cost[i], the least weighted
// edit distance (Damerau's, restricted) of the typed letters from any of the word's beginnings. Room for W ranges each.
// Returns how many there are.
std::size_t search(const Lexicon& lexicon, const Typed& typed, const TypingErrors& errors, std::int32_t* begin,
                   std::int32_t* end, float* cost);

struct Ranges {
  std::size_t count;
  const std::int32_t* begin;
  const std::int32_t* end;
  const float* cost;
};

// The best words of the ranges by p[order[w]] · factors[classes[w]] · exp(-cost), best first, of equals the earlier; those
// with 0 are left out. index, score and cost have room for `most` each. Adds all scores to *total; returns how many.
std::size_t rank(const Ranges& ranges, const std::int32_t* order, const std::uint8_t* classes, const float* p,
                 const float* factors, std::size_t most, std::int32_t* index, float* score, float* cost,
                 double* total);

}  // namespace unrolled
