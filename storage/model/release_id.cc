#include "storage/model/release_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/model/error.h"
#include "storage/model/text.h"

namespace codeset::model {
namespace {

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

}  // namespace

absl::StatusOr<ReleaseId> ReleaseId::Parse(absl::string_view text) {
  const auto invalid = [&](absl::string_view why) {
    return MakeError(Reason::kReleaseIdInvalid,
                     absl::StrCat(Quoted(text), " is no release id: ", why,
                                  "; ids are written YYYY, YYYY-MM, YYYY.N or YYYY-MM.N"));
  };
  absl::string_view rest = text;
  int year = 0, month = 0, correction = 0;
  if (rest.size() < 4 || !AllDigits(rest.substr(0, 4)) ||
      !absl::SimpleAtoi(rest.substr(0, 4), &year)) {
    return invalid("it does not begin with a year");
  }
  if (year < 2000 || year > 2999) return invalid("years go from 2000 to 2999");
  rest.remove_prefix(4);
  if (!rest.empty() && rest[0] == '-') {
    if (rest.size() < 3 || !AllDigits(rest.substr(1, 2)) ||
        !absl::SimpleAtoi(rest.substr(1, 2), &month) || month < 1 || month > 12) {
      return invalid("no month 01 to 12 follows the dash");
    }
    if (month == 10) {
      return invalid(
          absl::StrCat("the edition of 1 October ", year, " is that of fiscal year ", year + 1));
    }
    rest.remove_prefix(3);
  }
  if (!rest.empty() && rest[0] == '.') {
    const absl::string_view number = rest.substr(1);
    if (!AllDigits(number) || number.size() > 3 || number[0] == '0' ||
        !absl::SimpleAtoi(number, &correction)) {
      return invalid("no correction 1 to 999 follows the dot");
    }
    rest = {};
  }
  if (!rest.empty()) return invalid("something else follows");
  return ReleaseId(year, month, correction);
}

bool ReleaseId::LooksLikeId(absl::string_view text) {
  return text.size() >= 4 && AllDigits(text.substr(0, 4));
}

Date ReleaseId::DefaultEffectiveDate() const {
  return month_ == 0 ? FiscalYearStart(year_) : Date(year_, month_, 1);
}

std::string ReleaseId::ToString() const {
  std::string text = absl::StrCat(year_);
  if (month_ != 0) absl::StrAppendFormat(&text, "-%02d", month_);
  if (correction_ != 0) absl::StrAppend(&text, ".", correction_);
  return text;
}

}  // namespace codeset::model
