#include "storage/model/note_condition.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"

namespace codeset::model {
namespace {

using Outcome = ConditionWords::Outcome;

// The longest run of characters that a condition gives.
constexpr size_t kMaxRun = 4;

constexpr std::pair<absl::string_view, int> kOrdinals[] = {
    {"fourth", 4}, {"4th", 4}, {"fifth", 5},   {"5th", 5}, {"sixth", 6},
    {"six", 6},    {"6th", 6}, {"seventh", 7}, {"7th", 7}};

// A place in a text from which words are taken.
class Words {
 public:
  Words(absl::string_view text, size_t pos) : text_(text), pos_(pos) {}

  size_t pos() const { return pos_; }
  absl::string_view rest() const { return text_.substr(std::min(pos_, text_.size())); }
  char at(size_t offset) const {
    return pos_ + offset < text_.size() ? text_[pos_ + offset] : '\0';
  }
  void Skip(size_t count) { pos_ += count; }
  void SkipSpaces() {
    while (at(0) == ' ') ++pos_;
  }
  // Takes `word` where it stands here and no letter follows it.
  bool Take(absl::string_view word) {
    if (!absl::StartsWith(rest(), word) || absl::ascii_isalpha(at(word.size()))) return false;
    Skip(word.size());
    return true;
  }
  std::optional<int> TakeOrdinal() {
    for (const auto& [word, place] : kOrdinals) {
      if (Take(word)) return place;
    }
    return std::nullopt;
  }
  // Takes a run of digits and capital letters that no other letter touches.
  std::string TakeRun() {
    size_t length = 0;
    while (absl::ascii_isdigit(at(length)) || absl::ascii_isupper(at(length))) ++length;
    if (length == 0 || length > kMaxRun || absl::ascii_islower(at(length))) return "";
    std::string run(rest().substr(0, length));
    Skip(length);
    return run;
  }

 private:
  absl::string_view text_;
  size_t pos_;
};

// The runs from `first` to `last`, which differ in their last character; empty if they do not
// go together.
std::vector<std::string> Between(const std::string& first, const std::string& last) {
  std::vector<std::string> runs;
  const size_t length = first.size();
  if (length != last.size() || first.substr(0, length - 1) != last.substr(0, length - 1)) return {};
  for (char c = first.back(); c <= last.back(); ++c) {
    if (absl::ascii_isalnum(c)) runs.push_back(first.substr(0, length - 1) + c);
  }
  return runs;
}

// True if more characters may be named after these in a way that is not read: `7 - death due
// to …, or 8 - …`.
bool Explained(const Words& words) {
  return words.at(0) == ' ' && words.at(1) == '-' && words.at(2) == ' ' &&
         absl::ascii_isalpha(words.at(3));
}

// Reads `1-4 or 6`, `B or C`, `-23`, `.61-`, and with `dots` `.17, .27`: the alternatives.
bool ReadValues(Words& words, bool dots, ConditionWords& result) {
  do {
    std::string any;
    if (dots || words.at(0) == '.') {
      if (words.at(0) != '.') return false;
      words.Skip(1);
    }
    for (; words.at(0) == '-'; words.Skip(1)) any += '-';
    const std::string run = words.TakeRun();
    if (run.empty()) return false;
    std::vector<std::string> runs = {run};
    const bool dotted = words.at(0) == '-' && words.at(1) == '.';
    if (words.at(0) == '-' && absl::ascii_isalnum(words.at(dotted ? 2 : 1))) {
      words.Skip(dotted ? 2 : 1);
      runs = Between(run, words.TakeRun());
      if (runs.empty()) return false;
    } else if (words.at(0) == '-') {
      words.Skip(1);  // `.61-`: what lies below
    }
    for (const std::string& one : runs) result.alternatives.push_back(absl::StrCat(any, one));
    result.end = words.pos();
    if (Explained(words)) return false;
    // One more?
    Words next = words;
    const bool separated = dots && (next.at(0) == ',' || next.at(0) == '.');
    if (separated) next.Skip(1);
    next.SkipSpaces();
    const bool more = dots ? separated && next.at(0) == '.' : next.Take("or");
    if (!more) return true;
    next.SkipSpaces();
    words = next;
  } while (true);
}

// Characters that are told by the name of their place.
bool ReadPlaced(Words& words, int place, ConditionWords& result) {
  result.start = place;
  words.SkipSpaces();
  int through = 0;
  for (const absl::string_view word : {"or", "to"}) {
    if (!words.Take(word)) continue;
    words.SkipSpaces();
    const std::optional<int> other = words.TakeOrdinal();
    if (!other.has_value()) return false;
    (word == "or" ? result.or_start : through) = *other;
  }
  while (words.at(0) == ' ' || words.at(0) == '-') words.Skip(1);
  if (!words.Take("characters") && !words.Take("character") && !words.Take("digits") &&
      !words.Take("digit")) {
    return false;
  }
  words.SkipSpaces();
  if (words.Take("to indicate")) {
    result.outcome = Outcome::kNone;
    return true;
  }
  if (!ReadValues(words, /*dots=*/false, result)) return false;
  result.outcome = Outcome::kRead;
  for (const std::string& run : result.alternatives) {
    if (result.or_start != 0 && run.size() != 1) return false;
    if (through != 0 && place + static_cast<int>(run.size()) - 1 != through) return false;
  }
  return true;
}

bool Read(Words& words, ConditionWords& result) {
  if (const std::optional<int> place = words.TakeOrdinal(); place.has_value()) {
    return ReadPlaced(words, *place, result);
  }
  result.outcome = Outcome::kRead;
  if (words.Take("final")) {
    words.SkipSpaces();
    if (!words.Take("characters") && !words.Take("character")) return false;
    words.SkipSpaces();
    return ReadValues(words, /*dots=*/false, result);
  }
  if (words.at(0) == '.' && absl::ascii_isalnum(words.at(1))) {
    result.start = static_cast<int>(kCategoryLength) + 1;
    return ReadValues(words, /*dots=*/true, result);
  }
  if (absl::ascii_isdigit(words.at(0)) && ReadValues(words, /*dots=*/false, result)) {
    // Alone it is a number like others: `with 2 or more`.
    if (words.rest().empty() || absl::StrContains("),;", words.at(0))) return true;
  }
  // Other words, unless they tell of characters before what stands in parentheses ends.
  const absl::string_view phrase = words.rest().substr(0, words.rest().find_first_of("();"));
  result.outcome = Outcome::kNone;
  return phrase.size() == words.rest().size() || !absl::StrContains(phrase, "character");
}

}  // namespace

ConditionWords ReadCondition(absl::string_view text, size_t pos) {
  ConditionWords result;
  Words words(text, pos);
  if (words.at(0) == '.') words.Skip(1);
  if (words.at(0) == ',') words.Skip(1);
  words.SkipSpaces();
  if (!words.Take("with")) return result;
  words.SkipSpaces();
  if (!Read(words, result)) {
    result.outcome = Outcome::kUnread;
    result.end = pos + std::min(text.substr(pos).find_first_of("();"), text.size() - pos);
  }
  return result;
}

}  // namespace codeset::model
