// Calendar dates and the fiscal years of the code set.
//
// A release of fiscal year 2026 is in force from 1 October 2025: fiscal year Y runs
// from 1 October of Y-1 to 30 September of Y.
//
// Thread-safe: values and free functions.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace codeset::model {

using Date = absl::CivilDay;

// Reads an ISO 8601 date, exactly `YYYY-MM-DD`, of a day that exists, from year 1900
// to 2999. ARGUMENT_INVALID says what is wrong.
absl::StatusOr<Date> ParseDate(absl::string_view text);

// `YYYY-MM-DD`.
std::string FormatDate(Date date);

// The fiscal year that a day lies in: 2025-10-01 gives 2026.
int FiscalYearOf(Date date);

// 1 October, on which a fiscal year begins.
Date FiscalYearStart(int fiscal_year);

// From this day US claims must use ICD-10-CM (45 CFR 162.1002): 2015-10-01.
Date MandateDate();

// Tells the time; injected so that tests can move it.
using Clock = std::function<absl::Time()>;

// The calendar date in America/New_York, which decides what release is current.
Date DateInNewYork(absl::Time time);

}  // namespace codeset::model
