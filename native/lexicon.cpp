#include "lexicon.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

// The table of the edit distance, one row for each letter of the word that is being looked at: row[d][j] is the least
// cost at which the word's first d letters became the first j typed ones. Words that share letters share rows.
struct Table {
  float row[longest_word + 1][longest_typed + 1];
  float best[longest_word + 1];   // the least cost of all that was typed, up to this row
  float least[longest_word + 1];  // the row's least entry

  void begin(const Typed& typed, const TypingErrors& errors) {
    for (std::size_t j = 0; j <= typed.length; ++j) row[0][j] = static_cast<float>(j) * errors.insertion;
    best[0] = row[0][typed.length];
    least[0] = 0.0f;
  }

  void add(std::size_t d, const std::uint32_t* letters, const std::uint8_t* keys, const Typed& typed,
           const TypingErrors& errors) {
    const float* before = row[d - 1];
    const std::uint32_t letter = letters[d - 1];
    const std::size_t key = keys[d - 1];
    const float* substitution = errors.substitution + key * key_count;
    const float omission = errors.omission[key];
    float* now = row[d];
    float low = now[0] = before[0] + omission;
    for (std::size_t j = 1; j <= typed.length; ++j) {
      const bool same = letter == typed.letters[j - 1];
      float cost = before[j - 1] + (same ? 0.0f : substitution[typed.keys[j - 1]]);
      cost = std::min(cost, std::min(before[j] + omission, now[j - 1] + errors.insertion));
      if (d > 1 && j > 1 && letter == typed.letters[j - 2] && letters[d - 2] == typed.letters[j - 1]) {
        cost = std::min(cost, row[d - 2][j - 2] + (same ? 0.0f : errors.transposition));
      }
      now[j] = cost;
      low = std::min(low, cost);
    }
    best[d] = std::min(best[d - 1], now[typed.length]);
    least[d] = low;
  }

  // What the rows to come may still cost: they follow from this row and, by two letters swapped, from the one before.
  float ahead(std::size_t d, const TypingErrors& errors) const {
    return std::min(least[d], least[d - 1] + errors.transposition);
  }
};

}  // namespace

std::size_t search(const Lexicon& lexicon, const Typed& typed, const TypingErrors& errors, std::int32_t* begin,
                   std::int32_t* end, float* cost) {
  Table table;
  table.begin(typed, errors);
  std::size_t count = 0, w = 0;
  while (w < lexicon.W) {
    const std::size_t start = static_cast<std::size_t>(lexicon.offsets[w]);
    const std::size_t length = static_cast<std::size_t>(lexicon.offsets[w + 1]) - start;
    std::size_t d = lexicon.shared[w], next = w + 1;
    bool open = true;  // words below may be nearer, or not yet near enough
    while (open && d < length) {
      ++d;
      table.add(d, lexicon.letters + start, lexicon.keys + start, typed, errors);
      const float ahead = table.ahead(d, errors);
      open = ahead < table.best[d] && ahead <= errors.budget;
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
