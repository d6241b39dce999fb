#include "storage/query/code_text.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "storage/image/key_table.h"
#include "storage/model/concept_id.h"
#include "storage/model/text.h"

namespace codeset::query {
namespace {

// How many characters too many are looked at.
constexpr size_t kMaxSuperfluous = 3;

constexpr absl::string_view kNoBreakSpace = "\xC2\xA0";

v1::CodeFault Fault(v1::CodeFaultKind kind, size_t position, std::string description) {
  v1::CodeFault fault;
  fault.set_kind(kind);
  fault.set_position(static_cast<int32_t>(position));
  fault.set_description(std::move(description));
  return fault;
}

bool IsNumber(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

// Reads the characters of one text.
class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {
    const absl::string_view inner = absl::StripAsciiWhitespace(text);
    begin_ = static_cast<size_t>(inner.data() - text.data());
    end_ = begin_ + inner.size();
    has_capital_ = std::any_of(inner.begin(), inner.end(), absl::ascii_isupper);
  }

  CodeText Read() && {
    if (begin_ == end_) {
      read_.faults.push_back(Fault(v1::CODE_FAULT_KIND_EMPTY, 0, "it is empty"));
      return std::move(read_);
    }
    if (TellsStructure()) return std::move(read_);
    for (size_t i = begin_; i < end_;) i += ReadCharacter(i);
    CheckWhole();
    Finish();
    return std::move(read_);
  }

 private:
  void Add(v1::CodeFaultKind kind, size_t position, std::string description) {
    read_.faults.push_back(Fault(kind, position, std::move(description)));
  }

  // Chapters, sections and patterns are ids of something else, and told in words of their own.
  bool TellsStructure() {
    const absl::string_view inner = text_.substr(begin_, end_ - begin_);
    if (inner.size() <= 2 && IsNumber(inner)) {
      Add(v1::CODE_FAULT_KIND_FIRST_CHARACTER, begin_,
          absl::StrCat(inner, " is a number, as chapters have, and no code"));
      return true;
    }
    const size_t dash = inner.find('-');
    if (dash == absl::string_view::npos || dash + 1 == inner.size()) return false;
    if (!model::ParseCode(inner.substr(0, dash)).ok() ||
        !model::ParseCode(inner.substr(dash + 1)).ok()) {
      return false;
    }
    Add(v1::CODE_FAULT_KIND_CHARACTER, begin_ + dash,
        absl::StrCat(inner, " is a section or a range, and no code"));
    return true;
  }

  // Reads the character at `i` and returns how many bytes it has.
  size_t ReadCharacter(size_t i) {
    const char c = text_[i];
    if (absl::ascii_isalnum(c)) {
      ReadAlnum(i);
      return 1;
    }
    if (absl::ascii_isspace(c)) {
      Add(v1::CODE_FAULT_KIND_SPACE, i, "white space within the code");
      return 1;
    }
    if (text_.substr(i, kNoBreakSpace.size()) == kNoBreakSpace) {
      Add(v1::CODE_FAULT_KIND_SPACE, i, "a no-break space");
      return kNoBreakSpace.size();
    }
    if (c == '.') {
      if (dots_++ > 0) {
        Add(v1::CODE_FAULT_KIND_DOT, i, "a second dot");
      } else if (code_.size() != model::kCategoryLength) {
        Add(v1::CODE_FAULT_KIND_DOT, i, "a dot stands after the third character only");
      }
      last_dot_ = i;
      return 1;
    }
    const size_t length = std::max<size_t>(1, model::Utf8CharacterLength(text_.substr(i)));
    Add(v1::CODE_FAULT_KIND_CHARACTER, i,
        absl::StrCat("a code has letters and digits, not ", model::Quoted(text_.substr(i, length)),
                     c == '-' && i + 1 == end_ ? "; with it, the text is a pattern of codes" : ""));
    // Characters of other scripts may stand for anything: what is left without them is a guess
    // that nobody asked for.
    if (!absl::ascii_isascii(static_cast<unsigned char>(c))) readable_ = false;
    return length;
  }

  void ReadAlnum(size_t i) {
    const char c = text_[i];
    if (code_.size() == model::kMaxCodeLength) {
      Add(v1::CODE_FAULT_KIND_LENGTH, i, "a code has at most seven characters");
    }
    if (code_.empty() && !absl::ascii_isalpha(c)) {
      Add(v1::CODE_FAULT_KIND_FIRST_CHARACTER, i, "a code begins with a letter");
      // Told as that, though the letter may be seen for the digit here as well.
      alternatives_.push_back(c == '0' ? 'O' : c == '1' ? 'I' : c);
    } else if (!code_.empty() && (c == 'O' || c == 'o')) {
      read_.doubtful.push_back(
          Fault(v1::CODE_FAULT_KIND_LETTER_O, i, "the letter O, where codes have the digit 0"));
      alternatives_.push_back('0');
    } else if (!code_.empty() && (c == 'I' || c == 'i' || c == 'l')) {
      read_.doubtful.push_back(Fault(v1::CODE_FAULT_KIND_LETTER_I, i,
                                     absl::StrCat(c == 'l' ? "a small letter L" : "the letter I",
                                                  ", where codes have the digit 1")));
      alternatives_.push_back('1');
    } else {
      if (c == 'x' && has_capital_) {
        Add(v1::CODE_FAULT_KIND_LOWER_CASE_X, i, "a lower-case x among capital letters");
      }
      alternatives_.push_back(absl::ascii_toupper(c));
    }
    code_.push_back(absl::ascii_toupper(c));
  }

  void CheckWhole() {
    if (dots_ > 0 && last_dot_ + 1 == end_ && code_.size() == model::kCategoryLength &&
        dots_ == 1) {
      Add(v1::CODE_FAULT_KIND_DOT, last_dot_, "nothing follows the dot");
    }
    if (code_.size() < model::kCategoryLength) {
      Add(v1::CODE_FAULT_KIND_LENGTH, end_, "a code has at least three characters");
    }
    if (code_.size() > model::kMaxCodeLength) {
      // One fault tells it, at the first character too many.
      bool told = false;
      std::erase_if(read_.faults, [&](const v1::CodeFault& fault) {
        return fault.kind() == v1::CODE_FAULT_KIND_LENGTH && std::exchange(told, true);
      });
    }
  }

  void Finish() {
    if (read_.faults.empty()) {
      read_.key = code_;
    } else {
      read_.faults.insert(read_.faults.end(), read_.doubtful.begin(), read_.doubtful.end());
      std::stable_sort(read_.faults.begin(), read_.faults.end(),
                       [](const v1::CodeFault& a, const v1::CodeFault& b) {
                         return a.position() < b.position();
                       });
    }
    if (readable_ && code_.size() >= model::kCategoryLength &&
        code_.size() <= model::kMaxCodeLength) {
      AddReadings();
    } else if (readable_ && code_.size() > model::kMaxCodeLength &&
               code_.size() <= model::kMaxCodeLength + kMaxSuperfluous) {
      AddShorterReadings();
    }
  }

  // One that is too long may have a placeholder too many: without as many `X` as that takes.
  void AddShorterReadings() {
    std::set<std::string> shorter = {alternatives_};
    for (size_t size = code_.size(); size > model::kMaxCodeLength; --size) {
      std::set<std::string> next;
      for (const std::string& text : shorter) {
        for (size_t i = model::kCategoryLength; i < text.size(); ++i) {
          if (text[i] != 'X') continue;
          next.insert(absl::StrCat(text.substr(0, i), text.substr(i + 1)));
        }
      }
      shorter = std::move(next);
    }
    for (const std::string& text : shorter) {
      if (model::IsCode(text)) read_.readings.push_back(text);
    }
  }

  // At most 2^7 of them.
  void AddReadings() {
    std::vector<size_t> open;
    for (size_t i = 0; i < code_.size(); ++i) {
      if (code_[i] != alternatives_[i]) open.push_back(i);
    }
    for (size_t as_typed = 0; as_typed < (size_t{1} << open.size()); ++as_typed) {
      std::string reading = alternatives_;
      for (size_t i = 0; i < open.size(); ++i) {
        if ((as_typed >> i & 1) != 0) reading[open[i]] = code_[open[i]];
      }
      if (model::IsCode(reading)) read_.readings.push_back(std::move(reading));
    }
  }

  absl::string_view text_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool has_capital_ = false;
  // The letters and digits in capitals, and what each may stand for.
  std::string code_;
  std::string alternatives_;
  int dots_ = 0;
  size_t last_dot_ = 0;
  bool readable_ = true;
  CodeText read_;
};

}  // namespace

uint64_t ReadPlainCode(absl::string_view text) {
  if (text.size() > model::kMaxIdTextLength) return 0;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty() || !absl::ascii_isalpha(text.front())) return 0;
  char key[model::kMaxCodeLength];
  size_t size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && i == model::kCategoryLength && i + 1 < text.size()) continue;
    // A small x may be a fault, and a small L be meant as a digit.
    if (!absl::ascii_isalnum(c) || c == 'x' || c == 'l' || size == sizeof(key)) return 0;
    key[size++] = absl::ascii_toupper(c);
  }
  return size < model::kCategoryLength ? 0 : image::PackKey({key, size});
}

CodeText ReadCodeText(absl::string_view text) {
  if (text.size() > model::kMaxIdTextLength) {
    CodeText read;
    read.faults.push_back(Fault(v1::CODE_FAULT_KIND_LENGTH, model::kMaxIdTextLength,
                                absl::StrCat("it is ", text.size(), " bytes long and at most ",
                                             model::kMaxIdTextLength, " are read")));
    return read;
  }
  return Reader(text).Read();
}

}  // namespace codeset::query
