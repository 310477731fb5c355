// The keyboard's trie: every beginning of every word against the plain edit distance, in arrays of exactly their size.
#include <algorithm>

#include "check.h"
#include "lexicon.h"
#include "test.h"

using check::Exact;
using check::Random;

namespace {

constexpr float insertion = 6.0f, transposition = 4.5f;

float distance(const std::string& word, const std::string& typed, const std::vector<float>& substitution,
               const std::vector<float>& omission) {
  const std::size_t n = typed.size();
  std::vector<std::vector<float>> row(word.size() + 1, std::vector<float>(n + 1));
  float best = INFINITY;
  for (std::size_t d = 0; d <= word.size(); ++d) {
    for (std::size_t j = 0; j <= n; ++j) {
      float cost = d + j == 0 ? 0.0f : INFINITY;
      if (j > 0) cost = std::min(cost, row[d][j - 1] + insertion);
      if (d > 0) cost = std::min(cost, row[d - 1][j] + omission[static_cast<std::size_t>(word[d - 1])]);
      if (d > 0 && j > 0) {
        const std::size_t pair = static_cast<std::size_t>(word[d - 1]) * unrolled::key_count +
                                 static_cast<std::size_t>(typed[j - 1]);
        const bool same = word[d - 1] == typed[j - 1];
        cost = std::min(cost, row[d - 1][j - 1] + (same ? 0.0f : substitution[pair]));
        if (d > 1 && j > 1 && word[d - 1] == typed[j - 2] && word[d - 2] == typed[j - 1]) {
          cost = std::min(cost, row[d - 2][j - 2] + (same ? 0.0f : transposition));
        }
      }
      row[d][j] = cost;
    }
    best = std::min(best, row[d][n]);
  }
  return best;
}

std::string random_word(Random& random, std::size_t longest) {
  std::string word(1 + random.bits() % longest, 'a');
  for (char& letter : word) letter = static_cast<char>('a' + random.bits() % 3);
  return word;
}

void fill(const std::string& text, std::uint32_t* letters, std::uint8_t* keys) {
  for (char letter : text) *letters++ = static_cast<std::uint8_t>(letter), *keys++ = static_cast<std::uint8_t>(letter);
}

void check_search(Random& random, std::size_t W, std::size_t longest, float budget) {
  std::vector<std::string> words(W);
  for (std::string& word : words) word = random_word(random, longest);
  std::sort(words.begin(), words.end());
  std::size_t total = 0;
  for (const std::string& word : words) total += word.size();
  Exact<std::int32_t> offsets(W + 1, 0);
  Exact<std::uint32_t> letters(total, 0);
  Exact<std::uint8_t> keys(total, 0), shared(W, 0);
  std::int32_t end_of = offsets[0] = 0;
  for (std::size_t w = 0; w < W; ++w) {
    fill(words[w], letters.get() + end_of, keys.get() + end_of);
    offsets[w + 1] = end_of += static_cast<std::int32_t>(words[w].size());
    const std::string before = w > 0 ? words[w - 1] : "";
    const auto apart = std::mismatch(before.begin(), before.end(), words[w].begin(), words[w].end());
    shared[w] = static_cast<std::uint8_t>(apart.first - before.begin());
  }
  std::vector<float> substitution(unrolled::key_count * unrolled::key_count), omission(unrolled::key_count);
  for (float& cost : substitution) cost = 1.0f + static_cast<float>(random.bits() % 8);
  for (float& cost : omission) cost = 1.0f + static_cast<float>(random.bits() % 8);
  const std::string typed = W % 7 == 3 ? "" : random_word(random, longest);
  Exact<std::uint32_t> typed_letters(typed.size(), 0);
  Exact<std::uint8_t> typed_keys(typed.size(), 0);
  fill(typed, typed_letters.get(), typed_keys.get());

  Exact<std::int32_t> begin(W, 0), end(W, 0);
  Exact<float> cost(W);
  const std::size_t count = unrolled::search(
      {W, offsets.get(), letters.get(), keys.get(), shared.get()}, {typed.size(), typed_letters.get(), typed_keys.get()},
      {substitution.data(), omission.data(), insertion, transposition, budget}, begin.get(), end.get(), cost.get());
  std::vector<float> found(W, INFINITY);
  for (std::size_t r = 0; r < count; ++r) {
    for (std::int32_t w = begin[r]; w < end[r]; ++w) found[static_cast<std::size_t>(w)] = cost[r];
  }
  bool right = true;
  for (std::size_t w = 0; w < W; ++w) {
    const float exact = distance(words[w], typed, substitution, omission);
    right &= found[w] == (exact <= budget ? exact : INFINITY);
  }
  check::that(right, "search for '" + typed + "' in " + std::to_string(W) + " words");
}

void check_rank(Random& random, std::size_t W, std::size_t most) {
  Exact<std::int32_t> begin(1, 0), end(1, 0), order(W, 0), index(most, 0);
  Exact<std::uint8_t> classes(W, 0);
  Exact<float> range_cost(1), p(W), factors(3), score(most), cost(most);
  begin[0] = 0, end[0] = static_cast<std::int32_t>(W), range_cost[0] = 1.0f;
  factors[0] = 1.0f, factors[1] = 0.5f, factors[2] = 0.0f;
  std::vector<float> scores(W);
  for (std::size_t w = 0; w < W; ++w) {
    order[w] = static_cast<std::int32_t>(W - 1 - w), classes[w] = static_cast<std::uint8_t>(random.bits() % 3);
    p[W - 1 - w] = static_cast<float>(random.bits() % 5) / 8;
    scores[w] = p[W - 1 - w] * factors[classes[w]] * std::exp(-1.0f);
  }
  double total = 0.0;
  const std::size_t found =
      unrolled::rank({1, begin.get(), end.get(), range_cost.get()}, order.get(), classes.get(), p.get(), factors.get(),
                     most, index.get(), score.get(), cost.get(), &total);
  std::vector<std::size_t> best;
  for (std::size_t w = 0; w < W; ++w) {
    if (scores[w] > 0) best.push_back(w);
  }
  std::stable_sort(best.begin(), best.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  best.resize(std::min(best.size(), most));
  bool right = found == best.size();
  for (std::size_t i = 0; right && i < found; ++i) {
    right = static_cast<std::size_t>(index[i]) == best[i] && score[i] == scores[best[i]] && cost[i] == 1.0f;
  }
  check::that(right, "the best " + std::to_string(most) + " of " + std::to_string(W) + " words");
}

}  // namespace

void test_lexicon(std::size_t effort) {
  Random random(5);
  for (std::size_t round = 0; round < 20 * effort; ++round) {
    for (std::size_t W : {0, 1, 3, 30, 200}) {
      for (float budget : {0.0f, 4.5f, 9.0f}) check_search(random, W, 8, budget);
    }
    check_search(random, 5, unrolled::longest_word, 30.0f);
    for (std::size_t W : {0, 1, 4, 50}) check_rank(random, W, 1 + random.bits() % 6);
  }
}
