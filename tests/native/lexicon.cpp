// The keyboard's trie: every beginning of every word against the plain edit distance, in arrays of exactly their size.
#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "check.h"
#include "lexicon.h"
#include "test.h"

using check::Exact;
using check::Random;

namespace {

using Word = std::vector<std::uint32_t>;

constexpr float doubled = 5.0f, transposition = 4.5f, accent = 1.0f, first = 1.5f, whole = 2.5f;
constexpr std::uint32_t accented = 0xe1, pair = 0xdf;  // á is an a; ß is typed ab

std::uint32_t base_of(std::uint32_t letter) { return letter == accented ? 'a' : letter; }
std::size_t key_of(std::uint32_t letter) {
  return base_of(letter) < unrolled::key_count ? base_of(letter) : unrolled::other_key;
}

struct Costs {
  std::vector<float> substitution, omission, insertion;
};

float extra(const Word& typed, std::size_t j, const Costs& costs) {
  const auto beside = [&](std::size_t i) {
    return costs.insertion[key_of(typed[i]) * unrolled::key_count + key_of(typed[j])];
  };
  if (j > 0 && base_of(typed[j - 1]) == base_of(typed[j])) return doubled;
  const float before = beside(j > 0 ? j - 1 : j);
  return j + 1 < typed.size() ? std::min(before, beside(j + 1)) : before;
}

// The least cost of all that was typed for a beginning of the word, and for all of it.
std::pair<float, float> distance(const Word& word, const Word& typed, const Costs& costs) {
  const std::size_t n = typed.size();
  std::vector<std::vector<float>> row(word.size() + 1, std::vector<float>(n + 1));
  float best = INFINITY;
  for (std::size_t d = 0; d <= word.size(); ++d) {
    for (std::size_t j = 0; j <= n; ++j) {
      float cost = d + j == 0 ? 0.0f : INFINITY;
      const float more = d + j == 1 ? first : 0.0f;
      if (j > 0) cost = std::min(cost, row[d][j - 1] + extra(typed, j - 1, costs) + more);
      if (d > 0) cost = std::min(cost, row[d - 1][j] + costs.omission[key_of(word[d - 1])] + more);
      if (d > 0 && j > 0) {
        const std::uint32_t letter = word[d - 1], other = typed[j - 1];
        const bool same = base_of(letter) == base_of(other);
        const float mistaken = costs.substitution[key_of(letter) * unrolled::key_count + key_of(other)];
        const float wrong = letter == other ? 0.0f : same ? accent : mistaken + (d == 1 && j == 1 ? first : 0.0f);
        cost = std::min(cost, row[d - 1][j - 1] + wrong);
        if (d > 1 && j > 1 && !same && base_of(letter) == base_of(typed[j - 2]) &&
            base_of(word[d - 2]) == base_of(other)) {
          cost = std::min(cost, row[d - 2][j - 2] + transposition);
        }
        if (letter == pair && j > 1 && typed[j - 2] == 'a' && other == 'b') {
          cost = std::min(cost, row[d - 1][j - 2] + accent);
        }
        if (letter == pair && j == n && other == 'a') cost = std::min(cost, row[d - 1][j - 1] + accent);
      }
      row[d][j] = cost;
    }
    best = std::min(best, row[d][n]);
  }
  return {best, row[word.size()][n]};
}

Word random_word(Random& random, std::size_t longest) {
  const std::uint32_t alphabet[] = {'a', 'b', 'c', accented, pair, 0x436};
  Word word(1 + random.bits() % longest);
  for (std::uint32_t& letter : word) letter = alphabet[random.bits() % 6];
  return word;
}

void fill(const Word& text, std::uint32_t* letters, std::uint32_t* bases) {
  for (std::uint32_t letter : text) *letters++ = letter, *bases++ = base_of(letter);
}

// A lexicon in arrays of exactly its size.
struct Arrays {
  explicit Arrays(const std::vector<Word>& words)
      : total(count(words)), offsets(words.size() + 1, 0), letters(total, 0), bases(total, 0), pairs(total, 0),
        shared(words.size(), 0), order(words.size(), 0), classes(words.size(), 0) {
    std::int32_t end = offsets[0] = 0;
    for (std::size_t w = 0; w < words.size(); ++w) {
      fill(words[w], letters.get() + end, bases.get() + end);
      offsets[w + 1] = end += static_cast<std::int32_t>(words[w].size());
      const Word before = w > 0 ? words[w - 1] : Word();
      const auto apart = std::mismatch(before.begin(), before.end(), words[w].begin(), words[w].end());
      shared[w] = static_cast<std::uint8_t>(apart.first - before.begin());
      order[w] = static_cast<std::int32_t>(words.size() - 1 - w);
    }
    for (std::size_t i = 0; i < total; ++i) pairs[i] = letters[i] == pair ? 'a' | 'b' << 8 : 0;
  }

  static std::size_t count(const std::vector<Word>& words) {
    std::size_t total = 0;
    for (const Word& word : words) total += word.size();
    return total;
  }

  unrolled::Lexicon lexicon(std::size_t W) {
    return {W, total, offsets.get(), letters.get(), bases.get(), pairs.get(), shared.get(), order.get(), classes.get()};
  }

  std::size_t total;
  Exact<std::int32_t> offsets;
  Exact<std::uint32_t> letters, bases;
  Exact<std::uint16_t> pairs;
  Exact<std::uint8_t> shared;
  Exact<std::int32_t> order;
  Exact<std::uint8_t> classes;
};

std::vector<Word> random_words(Random& random, std::size_t W, std::size_t longest) {
  std::vector<Word> words(W);
  for (Word& word : words) word = random_word(random, longest);
  std::sort(words.begin(), words.end());
  return words;
}

void check_search(Random& random, std::size_t W, std::size_t longest, float budget) {
  const std::vector<Word> words = random_words(random, W, longest);
  Arrays arrays(words);
  Costs costs{std::vector<float>(unrolled::key_count * unrolled::key_count), std::vector<float>(unrolled::key_count),
              std::vector<float>(unrolled::key_count * unrolled::key_count)};
  for (auto* table : {&costs.substitution, &costs.omission, &costs.insertion}) {
    for (float& cost : *table) cost = 1.0f + static_cast<float>(random.bits() % 8);
  }
  const Word typed = W % 7 == 3 ? Word() : random_word(random, longest);
  Exact<std::uint32_t> letters(typed.size(), 0), bases(typed.size(), 0);
  fill(typed, letters.get(), bases.get());

  const std::vector<unrolled::Range> ranges = unrolled::search(
      arrays.lexicon(W), {typed.size(), letters.get(), bases.get()},
      {costs.substitution.data(), costs.omission.data(), costs.insertion.data(), doubled, transposition, accent, first,
       whole, whole, budget});
  std::vector<std::pair<float, float>> found(W, {INFINITY, INFINITY});
  for (const unrolled::Range& range : ranges) {
    for (std::size_t w = range.begin; w < range.end; ++w) {
      found[w] = {range.cost, words[w].size() == range.length ? range.whole : INFINITY};
    }
  }
  bool right = true;
  for (std::size_t w = 0; w < W; ++w) {
    const auto [begun, all] = distance(words[w], typed, costs);
    right &= found[w].first == (begun <= budget ? begun : INFINITY);
    const bool counts = all <= budget && all - whole < begun;  // else the whole word costs as much as its beginning
    if (counts) right &= found[w].second == all;
  }
  check::that(right, "search for " + std::to_string(typed.size()) + " letters in " + std::to_string(W) + " words");
}

template <class Work>
bool refuses(Work work) {
  try {
    work();
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

// What is not as it should be is refused and never read beyond.
void check_bounds(Random& random) {
  const std::vector<float> table(unrolled::key_count * unrolled::key_count, 1.0f);
  const unrolled::TypingErrors errors{table.data(), table.data(), table.data(), 1, 1, 1, 1, 1, 1, 9};
  Exact<std::uint32_t> letters(3, 'a');
  const unrolled::Typed typed{3, letters.get(), letters.get()};
  const std::vector<Word> words = random_words(random, 4, 5);
  for (std::int32_t wrong : {-1, 99, 2147483647}) {
    Arrays arrays(words);
    arrays.offsets[2] = wrong;
    check::that(refuses([&] { unrolled::search(arrays.lexicon(4), typed, errors); }), "letters outside the lexicon");
  }
  Arrays arrays(words);
  arrays.shared[0] = 3;
  check::that(refuses([&] { unrolled::search(arrays.lexicon(4), typed, errors); }), "letters shared with no word");
  Exact<std::uint32_t> many(unrolled::longest_typed + 1, 'a');
  check::that(refuses([&] {
                unrolled::search(Arrays(words).lexicon(4), {many.size(), many.get(), many.get()}, errors);
              }),
              "too many letters typed");
  Exact<float> p(3, 0.1f), factors(1, 1.0f);
  double total = 0.0;
  Arrays sound(words);
  check::that(refuses([&] {
                unrolled::rank(sound.lexicon(4), {{0, 4, 1, 0, 0}}, errors, p.get(), 3, factors.get(), 1, 3, &total);
              }),
              "a word without a probability");
}

void check_rank(Random& random, std::size_t W, std::size_t most) {
  std::vector<Word> words = random_words(random, W, 3);
  // In a range those words stand first that are no longer than what all of it share.
  std::stable_partition(words.begin(), words.end(), [](const Word& word) { return word.size() == 2; });
  Arrays arrays(words);
  Exact<float> p(W), factors(3);
  factors[0] = 1.0f, factors[1] = 0.5f, factors[2] = 0.0f;
  std::vector<float> scores(W), costs(W);
  for (std::size_t w = 0; w < W; ++w) {
    arrays.classes[w] = static_cast<std::uint8_t>(random.bits() % 3);
    p[W - 1 - w] = static_cast<float>(random.bits() % 5) / 8;
    const bool is_whole = words[w].size() == 2;
    costs[w] = is_whole ? 2.0f : 1.0f;
    scores[w] = p[W - 1 - w] * factors[arrays.classes[w]] * (is_whole ? std::exp(whole - 2.0f) : std::exp(-1.0f));
  }
  const unrolled::TypingErrors errors{nullptr, nullptr, nullptr, 0, 0, 0, 0, whole, 9, 9};
  double total = 0.0;
  const std::vector<unrolled::Match> found = unrolled::rank(arrays.lexicon(W), {{0, W, 2, 1.0f, 2.0f}}, errors, p.get(),
                                                            W, factors.get(), 3, most, &total);
  std::vector<std::size_t> best;
  for (std::size_t w = 0; w < W; ++w) {
    if (scores[w] > 0) best.push_back(w);
  }
  std::stable_sort(best.begin(), best.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  best.resize(std::min(best.size(), most));
  bool right = found.size() == best.size();
  for (std::size_t i = 0; right && i < found.size(); ++i) {
    right = found[i].word == best[i] && found[i].score == scores[best[i]] && found[i].cost == costs[best[i]];
  }
  check::that(right, "the best " + std::to_string(most) + " of " + std::to_string(W) + " words");
}

}  // namespace

void test_lexicon(std::size_t effort) {
  Random random(5);
  check_bounds(random);
  for (std::size_t round = 0; round < 20 * effort; ++round) {
    for (std::size_t W : {0, 1, 3, 30, 200}) {
      for (float budget : {0.0f, 4.5f, 9.0f}) check_search(random, W, 8, budget);
    }
    check_search(random, 5, unrolled::longest_word, 30.0f);
    for (std::size_t W : {0, 1, 4, 50}) check_rank(random, W, 1 + random.bits() % 6);
  }
}
