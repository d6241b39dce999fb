// The server's own log: one line an event on standard error, as text or as a JSON object.
//
//   Log(Severity::kWarning, "scrub found damage", {{"releases", "2026"}, {"findings", 3}});
//
//   2026-11-30T04:15:08.120Z warning scrub found damage releases=2026 findings=3
//   {"time":"2026-11-30T04:15:08.120Z","severity":"warning","message":"scrub found damage",
//    "releases":"2026","findings":3}
//
// A line is one line: control characters in it are escaped, so that nobody who sends one can forge
// another. Messages hold no tokens and no metadata but the request id (request_id.h).
//
// Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace codeset::server {

// How grave it is: what happens, what somebody should look at, what failed.
enum class Severity { kInfo, kWarning, kError };
inline constexpr int kSeverities = 3;

// `info`, `warning`, `error`.
absl::string_view SeverityName(Severity severity);

enum class LogFormat { kText, kJson };

// How and what is logged.
struct LogSettings {
  LogFormat format = LogFormat::kText;
  // Nothing less grave is written.
  Severity level = Severity::kInfo;
};

// A named value of a line; names are of a-z and `_`.
struct LogField {
  LogField(absl::string_view field_name, absl::string_view text)
      : name(field_name), value(std::string(text)) {}
  LogField(absl::string_view field_name, const char* text)
      : LogField(field_name, absl::string_view(text)) {}
  LogField(absl::string_view field_name, int64_t number) : name(field_name), value(number) {}
  LogField(absl::string_view field_name, int number) : LogField(field_name, int64_t{number}) {}

  absl::string_view name;
  std::variant<std::string, int64_t> value;
};

// Settles how the process logs; text from kInfo on until then. gRPC's own messages go the same way
// from then on.
void SetLog(const LogSettings& settings);
LogFormat CurrentLogFormat();

// Writes a line.
void Log(Severity severity, absl::string_view message, absl::Span<const LogField> fields = {});

// A line with its end, as Log writes it.
std::string FormatLogLine(LogFormat format, absl::Time time, Severity severity,
                          absl::string_view message, absl::Span<const LogField> fields);

// How many lines of each severity there were since the process began, those below the level too.
std::array<uint64_t, kSeverities> LogLines();

// A JSON string of valid UTF-8, cut to `limit` bytes.
std::string JsonText(absl::string_view text, size_t limit);

}  // namespace codeset::server
