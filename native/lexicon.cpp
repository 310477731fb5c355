#include "lexicon.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unrolled {

namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();

// The table of the edit distance, one row for each letter of the word that is being looked at: row[d][j] is the least
// cost at which the word's first d letters became the first j typed ones, infinite where that is above the budget.
// Words that share letters share rows. Only low[d] <= j <= high[d] can be within the budget (Ukkonen 1985).
class Table {
 public:
  Table(const Typed& typed, const TypingErrors& errors) : typed_(typed), errors_(errors) {
    high_[0] = 0;
    for (std::size_t j = 0; j <= typed.length; ++j) {
      row_[0][j] = within(static_cast<float>(j) * errors.insertion);
      if (row_[0][j] < infinite) high_[0] = j;
    }
    low_[0] = 0, least_[0] = 0.0f, best[0] = row_[0][typed.length];
  }

  // Enters letter d of a word, d > 0; says whether words that go on from here may yet do better than best[d].
  bool add(std::size_t d, const std::uint32_t* letters, const std::uint8_t* keys) {
    const std::size_t n = typed_.length;
    std::fill(row_[d], row_[d] + n + 1, infinite);
    low_[d] = d > 1 ? std::min(low_[d - 1], low_[d - 2] + 2) : low_[0];
    high_[d] = std::min(n, d > 1 ? std::max(high_[d - 1] + 1, high_[d - 2] + 2) : high_[0] + 1);
    float least = infinite;
    std::size_t first = n + 1, last = 0;
    for (std::size_t j = low_[d]; j <= n && (j <= high_[d] || row_[d][j - 1] < infinite); ++j) {
      const float cost = within(cell(d, j, letters, keys));
      row_[d][j] = cost;
      if (cost == infinite) continue;
      least = std::min(least, cost), first = std::min(first, j), last = j;
    }
    low_[d] = first, high_[d] = last, least_[d] = least;
    best[d] = std::min(best[d - 1], row_[d][n]);
    // The rows to come follow from this one and, by two letters swapped, from the one before.
    const float ahead = std::min(least_[d], least_[d - 1] + errors_.transposition);
    return ahead < best[d] && ahead <= errors_.budget;
  }

  float best[longest_word + 1];  // the least cost of all that was typed, up to each row

 private:
  float within(float cost) const { return cost <= errors_.budget ? cost : infinite; }

  float cell(std::size_t d, std::size_t j, const std::uint32_t* letters, const std::uint8_t* keys) const {
    const std::uint32_t letter = letters[d - 1];
    const std::size_t key = keys[d - 1];
    float cost = row_[d - 1][j] + errors_.omission[key];
    if (j == 0) return cost;
    const bool same = letter == typed_.letters[j - 1];
    cost = std::min(cost, row_[d][j - 1] + errors_.insertion);
    cost = std::min(cost, row_[d - 1][j - 1] +
                              (same ? 0.0f : errors_.substitution[key * key_count + typed_.keys[j - 1]]));
    if (d > 1 && j > 1 && letter == typed_.letters[j - 2] && letters[d - 2] == typed_.letters[j - 1]) {
      cost = std::min(cost, row_[d - 2][j - 2] + (same ? 0.0f : errors_.transposition));
    }
    return cost;
  }

  const Typed typed_;
  const TypingErrors errors_;
  float row_[longest_word + 1][longest_typed + 1];
  std::size_t low_[longest_word + 1], high_[longest_word + 1];
  float least_[longest_word + 1];
};

}  // namespace

std::size_t search(const Lexicon& lexicon, const Typed& typed, const TypingErrors& errors, std::int32_t* begin,
                   std::int32_t* end, float* cost) {
  Table table(typed, errors);
  std::size_t count = 0, w = 0;
  while (w < lexicon.W) {
    const std::size_t start = static_cast<std::size_t>(lexicon.offsets[w]);
    const std::size_t length = static_cast<std::size_t>(lexicon.offsets[w + 1]) - start;
    std::size_t d = lexicon.shared[w], next = w + 1;
    bool open = true;  // words below may be nearer, or not yet near enough
    while (open && d < length) {
      ++d;
      open = table.add(d, lexicon.letters + start, lexicon.keys + start);
    }
    if (!open) {
      while (next < lexicon.W && lexicon.shared[next] >= d) ++next;
    }
    if (table.best[d] <= errors.budget) {
      begin[count] = static_cast<std::int32_t>(w), end[count] = static_cast<std::int32_t>(next);
      cost[count++] = table.best[d];
    }
    w = next;
  }
  return count;
}

std::size_t rank(const Ranges& ranges, const std::int32_t* order, const std::uint8_t* classes, const float* p,
                 const float* factors, std::size_t most, std::int32_t* index, float* score, float* cost,
                 double* total) {
  std::size_t found = 0;
  for (std::size_t r = 0; r < ranges.count; ++r) {
    const float likelihood = std::exp(-ranges.cost[r]);
    double sum = 0.0;
    for (std::int32_t w = ranges.begin[r]; w < ranges.end[r]; ++w) {
      const float s = p[order[w]] * factors[classes[w]] * likelihood;
      sum += static_cast<double>(s);
      if (!(s > (found < most ? 0.0f : score[most - 1]))) continue;
      std::size_t place = found < most ? found++ : most - 1;
      for (; place > 0 && score[place - 1] < s; --place) {
        score[place] = score[place - 1], index[place] = index[place - 1], cost[place] = cost[place - 1];
      }
      score[place] = s, index[place] = w, cost[place] = ranges.cost[r];
    }
    *total += sum;
  }
  return found;
}

}  // namespace unrolled
