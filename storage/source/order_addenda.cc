#include "storage/source/order_addenda.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/source/text.h"

namespace codeset::source {
namespace {

using model::Addenda;
using model::AddendaAction;
using model::AddendaLine;
using model::AddendaTally;

// Columns, from 0.
constexpr size_t kFlagColumn = 13;
constexpr size_t kCodeColumn = 15;
constexpr size_t kShortColumn = 23;
constexpr size_t kShortLength = 60;
constexpr size_t kLongColumn = 84;
constexpr size_t kBlankColumns[] = {14, 22, 83};

struct ActionEntry {
  absl::string_view columns;
  AddendaAction action;
};
constexpr std::array kActions = {
    ActionEntry{"Add:         ", AddendaAction::kAdd},
    ActionEntry{"Delete:      ", AddendaAction::kDelete},
    ActionEntry{"Revise from: ", AddendaAction::kReviseFrom},
    ActionEntry{"Revise to:   ", AddendaAction::kReviseTo},
};

// The lines of one half of the trailer after `N headers in FILE`, in order.
struct TallyEntry {
  absl::string_view text;
  int AddendaTally::*count;
};
constexpr std::array kTallies = {
    TallyEntry{"additions", &AddendaTally::additions},
    TallyEntry{"deletions", &AddendaTally::deletions},
    TallyEntry{"revisions", &AddendaTally::revisions},
    TallyEntry{"revisions to both long and short titles", &AddendaTally::both_titles},
    TallyEntry{"revisions to long title only", &AddendaTally::long_only},
    TallyEntry{"revisions to short title only", &AddendaTally::short_only},
};

std::optional<AddendaLine> ParseLine(absl::string_view line) {
  const absl::string_view action = AddendaActionOf(line);
  if (action.empty() || line.size() <= kLongColumn) return std::nullopt;
  const char flag = line[kFlagColumn];
  const absl::string_view code =
      absl::StripTrailingAsciiWhitespace(line.substr(kCodeColumn, model::kMaxCodeLength));
  if ((flag != '0' && flag != '1') || !model::IsCode(code)) return std::nullopt;
  for (const size_t column : kBlankColumns) {
    if (line[column] != ' ') return std::nullopt;
  }
  AddendaLine read{AddendaAction::kAdd, flag == '1', std::string(code),
                   CleanText(line.substr(kShortColumn, kShortLength)),
                   CleanText(line.substr(kLongColumn))};
  for (const ActionEntry& entry : kActions) {
    if (entry.columns == action) read.action = entry.action;
  }
  if (read.short_title.empty() || read.long_title.empty()) return std::nullopt;
  return read;
}

// Reads the trailer line by line.
class TrailerReader {
 public:
  // Takes a line that is not empty; false if it does not belong where it stands.
  bool Add(absl::string_view line) {
    if (line == "Headers" || line == "Codes") {
      const bool codes = line == "Codes";
      if (codes ? !Complete() || half_ != &trailer_.headers : half_ != nullptr) return false;
      half_ = codes ? &trailer_.codes : &trailer_.headers;
      step_ = 0;
      return true;
    }
    if (half_ == nullptr) return false;
    if (line == "of which") return step_ == 5;
    line = absl::StripLeadingAsciiWhitespace(line);
    const size_t space = line.find(' ');
    int count = 0;
    if (space == absl::string_view::npos || !absl::SimpleAtoi(line.substr(0, space), &count) ||
        count < 0) {
      return false;
    }
    return AddCount(count, line.substr(space + 1));
  }

  bool Begun() const { return half_ != nullptr; }
  bool Done() const { return half_ == &trailer_.codes && Complete(); }
  const model::AddendaTrailer& trailer() const { return trailer_; }

 private:
  bool Complete() const { return step_ == 2 + kTallies.size(); }

  bool AddCount(int count, absl::string_view text) {
    if (Complete()) return false;
    if (step_ < 2) {
      if (!absl::ConsumePrefix(&text, half_ == &trailer_.codes ? "codes in " : "headers in ")) {
        return false;
      }
      (step_ == 0 ? trailer_.old_file : trailer_.new_file) = std::string(text);
      (step_ == 0 ? half_->old_rows : half_->new_rows) = count;
    } else {
      if (kTallies[step_ - 2].text != text) return false;
      half_->*kTallies[step_ - 2].count = count;
    }
    ++step_;
    return true;
  }

  model::AddendaTrailer trailer_;
  AddendaTally* half_ = nullptr;
  size_t step_ = 0;
};

// Counts additions, deletions and revisions as the lines have them.
void Count(const AddendaLine& line, AddendaTally& tally) {
  switch (line.action) {
    case AddendaAction::kAdd:
      ++tally.additions;
      break;
    case AddendaAction::kDelete:
      ++tally.deletions;
      break;
    case AddendaAction::kReviseFrom:
      break;
    case AddendaAction::kReviseTo:
      ++tally.revisions;
      break;
  }
}

// What is wrong between the trailer and the lines; empty if nothing is.
std::string TallyFault(absl::string_view what, const AddendaTally& said,
                       const AddendaTally& found) {
  for (const TallyEntry& entry : {kTallies[0], kTallies[1], kTallies[2]}) {
    if (said.*entry.count == found.*entry.count) continue;
    return absl::StrCat("the trailer says ", said.*entry.count, " ", entry.text, " of ", what,
                        ", but the lines hold ", found.*entry.count);
  }
  // A trailer may say any numbers.
  if (int64_t{said.both_titles} + said.long_only + said.short_only != said.revisions) {
    return absl::StrCat("the trailer's kinds of revision of ", what, " do not add up to ",
                        said.revisions);
  }
  if (int64_t{said.old_rows} + said.additions - said.deletions != said.new_rows) {
    return absl::StrCat("the trailer's ", what, " do not add up: ", said.old_rows, " + ",
                        said.additions, " - ", said.deletions, " is not ", said.new_rows);
  }
  return "";
}

}  // namespace

absl::string_view AddendaActionOf(absl::string_view line) {
  for (const ActionEntry& entry : kActions) {
    if (absl::StartsWith(line, entry.columns)) return line.substr(0, entry.columns.size());
  }
  return {};
}

bool IsOrderAddendaLine(absl::string_view line) { return ParseLine(line).has_value(); }

absl::StatusOr<NamedAddenda> ReadOrderAddenda(absl::string_view name, absl::string_view bytes,
                                              Trailer trailer_need) {
  const auto malformed = [&](int line, absl::string_view why) {
    return model::MakeFileError(model::Reason::kSourceMalformed, name, line, why);
  };
  const absl::string_view text = WithoutByteOrderMark(bytes);
  if (const std::optional<TextFault> fault = FindTextFault(text)) {
    return malformed(LineOf(text, fault->offset), absl::StrCat("the line is ", fault->what));
  }
  struct NumberedLine {
    AddendaLine line;
    int number = 0;
  };
  std::vector<NumberedLine> changes;
  TrailerReader trailer;
  AddendaTally headers, codes;
  std::optional<AddendaLine> open_revision;
  int number = 0;
  for (LineReader lines(text); lines.Next();) {
    number = lines.number();
    const absl::string_view line = absl::StripTrailingAsciiWhitespace(lines.line());
    if (line.empty()) continue;
    std::optional<AddendaLine> change = ParseLine(lines.line());
    const bool closes = change && change->action == AddendaAction::kReviseTo;
    if (open_revision.has_value() != closes ||
        (closes &&
         (change->code != open_revision->code || change->billable != open_revision->billable))) {
      return malformed(number, "expected \"Revise to:\" after \"Revise from:\" of the same code");
    }
    open_revision.reset();
    if (!change.has_value()) {
      if (trailer.Add(line)) continue;
      return malformed(number, absl::StrCat(trailer.Begun() ? "expected the trailer of counts"
                                                            : "expected a line of order addenda",
                                            ", found ", model::Quoted(line)));
    }
    if (trailer.Begun()) return malformed(number, "a change stands after the trailer");
    if (change->action == AddendaAction::kReviseFrom) open_revision = *change;
    Count(*change, change->billable ? codes : headers);
    changes.push_back({*std::move(change), number});
  }
  if (open_revision.has_value()) {
    return malformed(number, "expected \"Revise to:\" after \"Revise from:\" of the same code");
  }
  NamedAddenda read{std::string(name), {}};
  if (trailer.Begun() || trailer_need == Trailer::kRequired) {
    if (!trailer.Done())
      return malformed(number,
                       "the trailer of counts is missing or cut off; an edition "
                       "of addenda alone is loaded with --base");
    read.addenda.trailer = trailer.trailer();
    read.trailer_line = number;
    for (const std::string& fault : {TallyFault("headers", read.addenda.trailer.headers, headers),
                                     TallyFault("codes", read.addenda.trailer.codes, codes)}) {
      if (!fault.empty()) return malformed(number, fault);
    }
  }
  // Not every published file is sorted (2019 is not).
  std::stable_sort(changes.begin(), changes.end(),
                   [](const NumberedLine& a, const NumberedLine& b) {
                     const auto rank = [](AddendaAction action) {
                       return action == AddendaAction::kAdd ? 1 : 0;
                     };
                     return std::tuple(absl::string_view(a.line.code), rank(a.line.action)) <
                            std::tuple(absl::string_view(b.line.code), rank(b.line.action));
                   });
  for (NumberedLine& change : changes) {
    read.addenda.lines.push_back(std::move(change.line));
    read.line_numbers.push_back(change.number);
  }
  return read;
}

absl::StatusOr<Addenda> ParseOrderAddenda(absl::string_view name, absl::string_view bytes) {
  ASSIGN_OR_RETURN(NamedAddenda read, ReadOrderAddenda(name, bytes, Trailer::kRequired));
  return std::move(read.addenda);
}

}  // namespace codeset::source
