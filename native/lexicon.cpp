#include "lexicon.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace unrolled {

namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();

std::size_t key(std::uint32_t base) { return base < key_count ? base : base < not_typed ? other_key : 0; }

// What it costs that each typed letter is one too many: the less, the nearer it lies to a letter beside it.
void fill_insertion(const Typed& typed, const TypingErrors& errors, float* cost) {
  const auto beside = [&](std::size_t one, std::size_t other) {
    return errors.insertion[key(typed.bases[one]) * key_count + key(typed.bases[other])];
  };
  for (std::size_t j = 0; j < typed.length; ++j) {
    const bool doubled = j > 0 && typed.bases[j - 1] == typed.bases[j];
    cost[j] = doubled ? errors.doubled : beside(j > 0 ? j - 1 : j, j);
    if (!doubled && j + 1 < typed.length) cost[j] = std::min(cost[j], beside(j + 1, j));
  }
}

// The table of the edit distance, one row for each letter of the word that is being looked at: row[d][j] is the least
// cost at which the word's first d letters became the first j typed ones, infinite where that is above the budget.
// Words that share letters share rows. Only low[d] <= j <= high[d] can be within the budget (Ukkonen 1985).
class Table {
 public:
  Table(const Typed& typed, const TypingErrors& errors) : typed_(typed), errors_(errors) {
    fill_insertion(typed, errors, insertion_);
    for (std::size_t j = 0; j < typed.length; ++j) keys_[j] = static_cast<std::uint8_t>(key(typed.bases[j]));
    row_[0][0] = 0.0f, low_[0] = high_[0] = 0, least_[0] = 0.0f;
    for (std::size_t j = 1; j <= typed.length; ++j) {
      row_[0][j] = within(row_[0][j - 1] + insertion_[j - 1] + (j == 1 ? errors.first : 0.0f));
      if (row_[0][j] < infinite) high_[0] = j;
    }
    best[0] = row_[0][typed.length];
  }

  // Enters letter d of a word, d > 0; says whether words that go on from here may yet do better than those before.
  bool add(std::size_t d, const std::uint32_t* letters, const std::uint32_t* bases, std::uint16_t pair) {
    const std::size_t n = typed_.length, own = key(bases[d - 1]);
    const float omission = errors_.omission[own], *substitution = errors_.substitution + own * key_count;
    std::fill(row_[d], row_[d] + n + 1, infinite);
    low_[d] = d > 1 ? std::min(low_[d - 1], low_[d - 2] + 2) : low_[0];
    high_[d] = std::min(n, d > 1 ? std::max(high_[d - 1] + 2, high_[d - 2] + 2) : high_[0] + 2);
    float least = infinite;
    std::size_t first = n + 1, last = 0;
    for (std::size_t j = low_[d]; j <= n && (j <= high_[d] || row_[d][j - 1] < infinite); ++j) {
      float cost = cell(d, j, letters, bases, omission, substitution);
      if (pair != 0) cost = std::min(cost, paired(d, j, pair));
      row_[d][j] = cost = within(cost);
      if (cost == infinite) continue;
      least = std::min(least, cost), first = std::min(first, j), last = j;
    }
    low_[d] = first, high_[d] = last, least_[d] = least;
    best[d] = std::min(best[d - 1], row_[d][n]);
    // The rows to come follow from this one and, by two letters swapped, from the one before.
    const float ahead = std::min(least_[d], least_[d - 1] + errors_.transposition);
    return ahead < best[d] + errors_.whole && ahead <= errors_.budget;
  }

  float whole(std::size_t d) const { return row_[d][typed_.length]; }

  float best[longest_word + 1];  // the least cost of all that was typed, up to each row

 private:
  float within(float cost) const { return cost <= errors_.budget ? cost : infinite; }

  float cell(std::size_t d, std::size_t j, const std::uint32_t* letters, const std::uint32_t* bases, float omission,
             const float* substitution) const {
    const std::uint32_t base = bases[d - 1];
    float cost = row_[d - 1][j] + omission + (d == 1 && j == 0 ? errors_.first : 0.0f);
    if (j == 0) return cost;
    const std::uint32_t other = typed_.bases[j - 1];
    cost = std::min(cost, row_[d][j - 1] + insertion_[j - 1]);
    float wrong = 0.0f;
    if (base != other) {
      wrong = substitution[keys_[j - 1]] + (d == 1 && j == 1 ? errors_.first : 0.0f);
    } else if (letters[d - 1] != typed_.letters[j - 1]) {
      wrong = errors_.accent;
    }
    cost = std::min(cost, row_[d - 1][j - 1] + wrong);
    if (d > 1 && j > 1 && base != other && base == typed_.bases[j - 2] && bases[d - 2] == other) {
      cost = std::min(cost, row_[d - 2][j - 2] + errors_.transposition);
    }
    return cost;
  }

  // Two letters typed for letter d, or the first of them at the end.
  float paired(std::size_t d, std::size_t j, std::uint16_t pair) const {
    const std::uint32_t one = pair & 0xff, two = pair >> 8;
    float cost = infinite;
    if (j > 1 && typed_.letters[j - 2] == one && typed_.letters[j - 1] == two) {
      cost = row_[d - 1][j - 2] + errors_.accent;
    }
    if (j > 0 && j == typed_.length && typed_.letters[j - 1] == one) {
      cost = std::min(cost, row_[d - 1][j - 1] + errors_.accent);
    }
    return cost;
  }

  const Typed typed_;
  const TypingErrors errors_;
  float insertion_[longest_typed];
  std::uint8_t keys_[longest_typed];
  float row_[longest_word + 1][longest_typed + 1];
  std::size_t low_[longest_word + 1], high_[longest_word + 1];
  float least_[longest_word + 1];
};

// The first word from w on that shares fewer than d letters with the word before it, or W: looked for in blocks, each of
// which the compiler makes a few instructions of.
std::size_t skip(const Lexicon& lexicon, std::size_t w, std::size_t d) {
  constexpr std::size_t block = 64;
  for (; w + block <= lexicon.W; w += block) {
    std::uint8_t least = 255;
    for (std::size_t i = 0; i < block; ++i) least = std::min(least, lexicon.shared[w + i]);
    if (least < d) break;
  }
  while (w < lexicon.W && lexicon.shared[w] >= d) ++w;
  return w;
}

// The number of letters of a word, all of which lie within the lexicon.
std::size_t length_of(const Lexicon& lexicon, std::size_t w) {
  const std::int32_t start = lexicon.offsets[w], end = lexicon.offsets[w + 1];
  if (start < 0 || end < start || static_cast<std::size_t>(end) > lexicon.letter_count ||
      static_cast<std::size_t>(end - start) > longest_word) {
    throw std::invalid_argument("a word's letters lie outside the lexicon, or are too many");
  }
  return static_cast<std::size_t>(end - start);
}

}  // namespace

std::vector<Range> search(const Lexicon& lexicon, const Typed& typed, const TypingErrors& errors) {
  if (typed.length > longest_typed) throw std::invalid_argument("too many letters were typed");
  Table table(typed, errors);
  std::vector<Range> ranges;
  ranges.reserve(1024);
  std::size_t w = 0, filled = 0;  // rows of the table
  while (w < lexicon.W) {
    const std::size_t length = length_of(lexicon, w), start = static_cast<std::size_t>(lexicon.offsets[w]);
    std::size_t d = lexicon.shared[w], next = w + 1;
    if (d > length || d > filled) throw std::invalid_argument("a word shares more letters than there are");
    bool open = true;  // words below may be nearer, or not yet near enough
    while (open && d < length) {
      ++d;
      open = table.add(d, lexicon.letters + start, lexicon.bases + start, lexicon.pairs[start + d - 1]);
    }
    filled = d;
    if (!open) next = skip(lexicon, next, d);
    if (table.best[d] <= errors.budget) ranges.push_back({w, next, d, table.best[d], table.whole(d)});
    w = next;
  }
  return ranges;
}

std::vector<Match> rank(const Lexicon& lexicon, const std::vector<Range>& ranges, const TypingErrors& errors,
                        const float* p, std::size_t V, const float* factors, std::size_t factor_count, std::size_t most,
                        double* total) {
  std::vector<Match> found;
  for (const Range& range : ranges) {
    const float begun = std::exp(-range.cost);
    const float gained = range.whole - (range.whole == 0.0f ? errors.exact : errors.whole);
    bool is_whole = gained < range.cost;  // of the first words alone: those of more letters come after them
    const float whole = is_whole ? std::exp(-gained) : 0.0f;
    double sum = 0.0;
    for (std::size_t w = range.begin; w < range.end; ++w) {
      const auto id = static_cast<std::size_t>(lexicon.order[w]);
      if (id >= V || lexicon.classes[w] >= factor_count) throw std::invalid_argument("a word without a probability");
      is_whole = is_whole && length_of(lexicon, w) == range.length;
      const float s = p[id] * factors[lexicon.classes[w]] * (is_whole ? whole : begun);
      sum += static_cast<double>(s);
      if (!(s > (found.size() < most ? 0.0f : found.back().score))) continue;
      if (found.size() == most) found.pop_back();
      const auto after = std::find_if(found.rbegin(), found.rend(), [&](const Match& m) { return !(m.score < s); });
      found.insert(after.base(), {w, s, is_whole ? range.whole : range.cost});
    }
    *total += sum;
  }
  return found;
}

}  // namespace unrolled
