#include "storage/model/note_reference.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/model/concept_id.h"
#include "storage/model/note_condition.h"

namespace codeset::model {
namespace {

bool IsCodeCharacter(char c) { return absl::ascii_isdigit(c) || absl::ascii_isupper(c); }

// The words after which the publisher names categories in a sentence.
constexpr absl::string_view kIntroductions[] = {
    "and", "categories", "category",      "code",        "codes", "except", "from", "in",
    "or",  "of",         "subcategories", "subcategory", "the",   "to",     "under"};

// A code as it stands in a text.
struct Mention {
  // Undotted; empty where there is none.
  std::string code;
  // One past its last byte, and its dash.
  size_t end = 0;
  // It is a code by its spelling: it has a dot.
  bool dotted = false;
  // A dash of its own follows it, which does not begin a range.
  bool dash = false;
  // It looks like a code and is none.
  bool malformed = false;
};

// Reads one text.
class Reader {
 public:
  Reader(absl::string_view text, absl::FunctionRef<bool(absl::string_view)> is_category)
      : text_(text), is_category_(is_category) {}

  NoteReferences Read() {
    size_t pos = 0;
    while (pos < text_.size()) {
      const char c = text_[pos];
      if (c == '(') parentheses_ = true;
      if (c == ')') parentheses_ = false;
      if (absl::ascii_isupper(c) && Apart(pos)) {
        pos = ReadAt(pos);
      } else {
        ++pos;
      }
    }
    return std::move(found_);
  }

 private:
  char at(size_t pos) const { return pos < text_.size() ? text_[pos] : '\0'; }

  size_t SkipSpaces(size_t pos) const {
    while (at(pos) == ' ') ++pos;
    return pos;
  }

  // True if no word or code reaches up to `pos`.
  bool Apart(size_t pos) const {
    if (pos == 0) return true;
    const char before = text_[pos - 1];
    if (absl::ascii_isalnum(before)) return false;
    return before != '-' || pos == 1 || !absl::ascii_isalnum(text_[pos - 2]);
  }

  // One past the run of letters, digits, dots and dashes at `pos`, without the dot of a
  // sentence.
  size_t EndOfRun(size_t pos) const {
    while (absl::ascii_isalnum(at(pos)) || at(pos) == '.' || at(pos) == '-') ++pos;
    while (pos > 0 && text_[pos - 1] == '.') --pos;
    return pos;
  }

  bool StartsCategory(size_t pos) const {
    return absl::ascii_isupper(at(pos)) && IsCodeCharacter(at(pos + 1)) &&
           IsCodeCharacter(at(pos + 2)) &&
           (absl::ascii_isdigit(at(pos + 1)) || absl::ascii_isdigit(at(pos + 2)));
  }

  // Reads the code at `pos`, if one stands there.
  Mention ReadMention(size_t pos) const {
    Mention mention;
    mention.end = pos;
    if (!StartsCategory(pos)) return MisspeltCategory(pos);
    mention.code = std::string(text_.substr(pos, kCategoryLength));
    size_t end = pos + kCategoryLength;
    if (absl::ascii_isalnum(at(end))) {
      // Without its dot, perhaps; or a word like others.
      mention.malformed = parentheses_ && is_category_(mention.code);
      mention.code.clear();
      mention.end = mention.malformed ? EndOfRun(end) : pos;
      return mention;
    }
    if (at(end) == '.' && absl::ascii_isalnum(at(end + 1))) {
      mention.dotted = true;
      for (++end; absl::ascii_isalnum(at(end)); ++end) {
        const char c = at(end) == 'x' ? 'X' : at(end);
        if (!IsCodeCharacter(c) || mention.code.size() == kMaxCodeLength) mention.malformed = true;
        mention.code += c;
      }
    } else if (parentheses_ && at(end) == '.' && at(end + 1) == ' ' &&
               absl::ascii_isdigit(at(SkipSpaces(end + 1)))) {
      mention.malformed = true;
      end = SkipSpaces(end + 1);
    }
    if (mention.malformed) {
      mention.code.clear();
      mention.end = EndOfRun(end);
      return mention;
    }
    mention.end = end;
    if (at(end) == '.' && at(end + 1) == '-') {
      mention.dotted = true;
      mention.dash = true;
      mention.end = end + 2;
    } else if (at(end) == '-' && !BeginsRange(end + 1)) {
      mention.dash = true;
      mention.end = end + 1;
    }
    return mention;
  }

  // `F1.5`, `Vl6.-`, `Z0.11-`: in parentheses, where codes stand, no words.
  Mention MisspeltCategory(size_t pos) const {
    Mention mention;
    mention.end = pos;
    size_t end = pos;
    bool digit = false;
    for (; absl::ascii_isalnum(at(end)); ++end) digit = digit || absl::ascii_isdigit(at(end));
    const size_t length = end - pos;
    if (!parentheses_ || !digit || length < 2 || length > kCategoryLength || at(end) != '.' ||
        (at(end + 1) != '-' && !absl::ascii_isdigit(at(end + 1)))) {
      return mention;
    }
    mention.malformed = true;
    mention.end = EndOfRun(end);
    return mention;
  }

  // True if what follows a dash makes it the dash of a range.
  bool BeginsRange(size_t pos) const {
    if (absl::ascii_isdigit(at(pos))) return true;
    if (at(pos) == '.' && absl::ascii_isdigit(at(pos + 1))) return true;
    return StartsCategory(SkipSpaces(pos));
  }

  // What follows the first code of a range, if it is one.
  struct Second {
    Mention mention;
    // It could be a range or two codes.
    bool unclear = false;
  };
  std::optional<Second> ReadSecond(const Mention& first) const {
    const size_t pos = SkipSpaces(first.end);
    if (at(pos) == '-') {
      if (const size_t next = SkipSpaces(pos + 1); StartsCategory(next)) {
        return Second{ReadMention(next)};
      }
      return ReadShort(first, pos + 1);
    }
    for (const absl::string_view word : {"to ", "through "}) {
      if (pos == first.end || !absl::StartsWith(text_.substr(pos), word)) continue;
      if (const size_t next = SkipSpaces(pos + word.size()); StartsCategory(next)) {
        return Second{ReadMention(next)};
      }
    }
    if (first.dash && StartsCategory(pos)) return Second{ReadMention(pos), pos != first.end};
    return std::nullopt;
  }

  // `E09-14`, `I83.1-.2`: the second leaves out what it shares with the first.
  std::optional<Second> ReadShort(const Mention& first, size_t pos) const {
    Mention second;
    const bool dot = at(pos) == '.';
    size_t end = dot ? pos + 1 : pos;
    const size_t begin = end;
    while (absl::ascii_isdigit(at(end))) ++end;
    const absl::string_view digits = text_.substr(begin, end - begin);
    if (digits.empty()) return std::nullopt;
    // A category's two digits, or as many as stand after the first one's dot.
    const size_t shared = dot ? kCategoryLength : 1;
    if (shared + digits.size() != first.code.size() || absl::ascii_isalnum(at(end))) {
      second.malformed = true;
      second.end = EndOfRun(end);
      return Second{second};
    }
    second.code = absl::StrCat(absl::string_view(first.code).substr(0, shared), digits);
    second.dotted = dot;
    second.end = end;
    return Second{second};
  }

  bool IsKnown(const Mention& mention) const {
    return mention.dotted || is_category_(mention.code);
  }

  // True if what stands before `pos` leads to a code: a parenthesis, a comma, or a word after
  // which the publisher names codes.
  bool IsIntroduced(size_t pos) const {
    if (parentheses_) return true;
    const absl::string_view before = absl::StripTrailingAsciiWhitespace(text_.substr(0, pos));
    if (before.empty()) return false;
    if (before.back() == ',' || before.back() == ';') return true;
    const absl::string_view word = before.substr(before.find_last_of(" (") + 1);
    return std::any_of(std::begin(kIntroductions), std::end(kIntroductions),
                       [&](absl::string_view one) { return absl::EqualsIgnoreCase(one, word); });
  }

  size_t AddUnread(size_t begin, size_t end) {
    found_.unread.push_back({begin, end});
    list_begins_ = found_.read.size();
    return end;
  }

  // Reads what begins at `pos`, and returns where to go on.
  size_t ReadAt(size_t pos) {
    const Mention first = ReadMention(pos);
    if (first.malformed) return AddUnread(pos, first.end);
    if (first.code.empty()) return pos + 1;
    NoteReference reference;
    reference.begin = pos;
    reference.end = first.end;
    reference.first = first.code;
    const std::optional<Second> second = ReadSecond(first);
    if (second.has_value()) {
      const Mention& last = second->mention;
      if (!IsKnown(first) && (last.code.empty() || !IsKnown(last))) return first.end;
      if (last.malformed || second->unclear) return AddUnread(pos, last.end);
      if (last.code.empty()) return first.end;
      reference.kind = NoteReferenceKind::kRange;
      reference.last = last.code;
      reference.end = last.end;
    } else if (!IsKnown(first) || (!first.dotted && !first.dash && !IsIntroduced(pos))) {
      return first.end;
    }
    if (at(reference.end) == '-' && absl::ascii_isalnum(at(reference.end + 1))) {
      return AddUnread(pos, EndOfRun(reference.end));
    }
    const ConditionWords condition = ReadCondition(text_, reference.end);
    if (condition.outcome == ConditionWords::Outcome::kUnread) {
      return AddUnread(pos, condition.end);
    }
    if (!ContinuesList(pos)) list_begins_ = found_.read.size();
    found_.read.push_back(std::move(reference));
    if (condition.outcome == ConditionWords::Outcome::kNone) return found_.read.back().end;
    found_.read.back().end = condition.end;
    return Narrow(condition);
  }

  // True if only commas stand between the reference before and `pos`.
  bool ContinuesList(size_t pos) const {
    if (found_.read.empty()) return false;
    const size_t end = found_.read.back().end;
    return std::all_of(text_.begin() + static_cast<std::ptrdiff_t>(end),
                       text_.begin() + static_cast<std::ptrdiff_t>(pos),
                       [](char c) { return c == ' ' || c == ',' || c == ';'; });
  }

  // Narrows the references of the list whose codes are as long as the last one's, and returns where
  // to go on; where that does not go with one of them, all of them are unread.
  size_t Narrow(const ConditionWords& condition) {
    const size_t length = found_.read.back().first.size();
    size_t begin = found_.read.size() - 1;
    while (begin > list_begins_ && found_.read[begin - 1].first.size() == length) --begin;
    std::vector<NoteReference> list(
        std::make_move_iterator(found_.read.begin() + static_cast<std::ptrdiff_t>(begin)),
        std::make_move_iterator(found_.read.end()));
    found_.read.resize(begin);
    size_t longest = 0;
    for (const std::string& run : condition.alternatives) longest = std::max(longest, run.size());
    std::vector<NoteReference> all;
    for (const NoteReference& reference : list) {
      // Where the characters begin: after the code, which in a range must be as long at both
      // ends.
      const size_t start =
          condition.start != 0 ? static_cast<size_t>(condition.start) : reference.first.size() + 1;
      if (condition.start == 0 && !reference.last.empty() &&
          reference.last.size() != reference.first.size()) {
        return AddUnread(list.front().begin, condition.end);
      }
      // `B27.0-B27.9 with .9` would narrow what the codes themselves tell, and no code has a place
      // for `7th characters 12`.
      if (start <= reference.first.size() || start + longest - 1 > kMaxCodeLength) {
        return AddUnread(list.front().begin, condition.end);
      }
      for (const auto& conditions : Conditions(condition, static_cast<int>(start))) {
        NoteReference& narrowed = all.emplace_back(reference);
        narrowed.kind = NoteReferenceKind::kPattern;
        narrowed.conditions = conditions;
      }
    }
    std::move(all.begin(), all.end(), std::back_inserter(found_.read));
    return condition.end;
  }

  // The conditions of each pattern that the alternatives need: one where they are all single
  // characters, else one an alternative.
  static std::vector<std::vector<CharacterCondition>> Conditions(const ConditionWords& words,
                                                                 int start) {
    const auto single = [](const std::string& run) { return run.size() == 1; };
    if (std::all_of(words.alternatives.begin(), words.alternatives.end(), single)) {
      CharacterCondition condition{{start}, ""};
      if (words.or_start != 0) condition.positions.push_back(words.or_start);
      for (const std::string& run : words.alternatives) condition.characters += run;
      return {{condition}};
    }
    std::vector<std::vector<CharacterCondition>> patterns;
    for (const std::string& run : words.alternatives) {
      std::vector<CharacterCondition>& conditions = patterns.emplace_back();
      for (size_t i = 0; i < run.size(); ++i) {
        if (run[i] == '-') continue;
        conditions.push_back({{start + static_cast<int>(i)}, std::string(1, run[i])});
      }
    }
    return patterns;
  }

  absl::string_view text_;
  absl::FunctionRef<bool(absl::string_view)> is_category_;
  bool parentheses_ = false;
  NoteReferences found_;
  // The place in `found_.read` of the first reference of the list that is being read.
  size_t list_begins_ = 0;
};

}  // namespace

bool Meets(absl::string_view code, const CharacterCondition& condition) {
  return std::any_of(condition.positions.begin(), condition.positions.end(), [&](int position) {
    const auto place = static_cast<size_t>(position);
    return place <= code.size() && absl::StrContains(condition.characters, code[place - 1]);
  });
}

NoteReferences ReadNoteReferences(absl::string_view text,
                                  absl::FunctionRef<bool(absl::string_view)> is_category) {
  return Reader(text, is_category).Read();
}

}  // namespace codeset::model
