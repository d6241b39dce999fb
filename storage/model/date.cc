#include "storage/model/date.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/model/error.h"
#include "storage/model/text.h"

namespace codeset::model {
namespace {

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2999;

const absl::TimeZone& NewYork() {
  // Without time zone data on the machine there is no right answer to "today"; the
  // fixed offset of Eastern Standard Time is at most an hour off, and only at night.
  static const absl::TimeZone* const zone = [] {
    auto* loaded = new absl::TimeZone();
    if (!absl::LoadTimeZone("America/New_York", loaded)) {
      *loaded = absl::FixedTimeZone(-5 * 60 * 60);
    }
    return loaded;
  }();
  return *zone;
}

}  // namespace

absl::StatusOr<Date> ParseDate(absl::string_view text) {
  const auto invalid = [&](absl::string_view why) {
    return MakeError(Reason::kArgumentInvalid, absl::StrCat(Quoted(text), " is no date: ", why));
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return invalid("it is written YYYY-MM-DD");
  }
  for (const size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!absl::ascii_isdigit(text[i])) return invalid("it is written YYYY-MM-DD");
  }
  int year = 0, month = 0, day = 0;
  if (!absl::SimpleAtoi(text.substr(0, 4), &year) || !absl::SimpleAtoi(text.substr(5, 2), &month) ||
      !absl::SimpleAtoi(text.substr(8, 2), &day)) {
    return invalid("it is written YYYY-MM-DD");
  }
  if (year < kFirstYear || year > kLastYear) {
    return invalid(absl::StrCat("years go from ", kFirstYear, " to ", kLastYear));
  }
  const Date date(year, month, day);
  // CivilDay carries overflow over (31 April becomes 1 May), so such a day is told by
  // its parts having moved.
  if (date.month() != month || date.day() != day) return invalid("the calendar has no such day");
  return date;
}

std::string FormatDate(Date date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

int FiscalYearOf(Date date) { return static_cast<int>(date.year()) + (date.month() >= 10 ? 1 : 0); }

Date FiscalYearStart(int fiscal_year) { return Date(fiscal_year - 1, 10, 1); }

Date MandateDate() { return Date(2015, 10, 1); }

Date DateInNewYork(absl::Time time) {
  // Every request asks, and nearly always of the same day as the one before.
  struct Day {
    absl::Time begin = absl::InfiniteFuture();
    absl::Time end = absl::InfinitePast();
    Date date;
  };
  thread_local Day day;
  if (time < day.begin || time >= day.end) {
    day.date = absl::ToCivilDay(time, NewYork());
    day.begin = absl::FromCivil(day.date, NewYork());
    day.end = absl::FromCivil(day.date + 1, NewYork());
  }
  return day.date;
}

}  // namespace codeset::model
