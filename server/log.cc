#include "server/log.h"

#include <grpc/support/log.h>

#include <atomic>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "storage/model/text.h"

namespace codeset::server {
namespace {

// A line is cut to what a terminal and a collector take.
constexpr size_t kMaxMessage = 4096;
constexpr size_t kMaxValue = 1024;

std::atomic<LogFormat> format_in_use = LogFormat::kText;
std::atomic<Severity> least_grave = Severity::kInfo;
std::array<std::atomic<uint64_t>, kSeverities> lines = {};

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Text for people: UTF-8 without control characters.
std::string PlainText(absl::string_view text, size_t limit) {
  std::string plain;
  for (const char c : model::EscapeInvalidUtf8(model::CutUtf8(text, limit))) {
    if (IsControl(c)) {
      absl::StrAppendFormat(&plain, "\\x%02x", static_cast<int>(c));
    } else {
      plain += c;
    }
  }
  return plain;
}

// A value of a line of text: in quotes where it would not be told apart from what follows.
std::string PlainValue(absl::string_view text) {
  for (const char c : text) {
    if (c == ' ' || c == '"' || c == '=' || IsControl(c)) return JsonText(text, kMaxValue);
  }
  return text.empty() ? "\"\"" : PlainText(text, kMaxValue);
}

void TakeFromGrpc(gpr_log_func_args* args) {
  const absl::string_view message = args->message;
  // Its errors are mostly about connections, which anybody can make fail.
  const bool error = args->severity == GPR_LOG_SEVERITY_ERROR;
  Log(error ? Severity::kWarning : Severity::kInfo, message, {{"source", "grpc"}});
}

}  // namespace

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

void SetLog(const LogSettings& settings) {
  format_in_use = settings.format;
  least_grave = settings.level;
  gpr_set_log_function(&TakeFromGrpc);
}

LogFormat CurrentLogFormat() { return format_in_use; }

std::string JsonText(absl::string_view text, size_t limit) {
  const std::string valid = model::EscapeInvalidUtf8(model::CutUtf8(text, limit));
  std::string json = "\"";
  for (const char c : valid) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (IsControl(c)) {
      absl::StrAppendFormat(&json, "\\u%04x", static_cast<int>(c));
    } else {
      json += c;
    }
  }
  return json + "\"";
}

std::string FormatLogLine(LogFormat format, absl::Time time, Severity severity,
                          absl::string_view message, absl::Span<const LogField> fields) {
  const bool json = format == LogFormat::kJson;
  std::string line =
      json ? absl::StrCat("{\"time\":\"", TimeText(time), "\",\"severity\":\"",
                          SeverityName(severity), "\",\"message\":", JsonText(message, kMaxMessage))
           : absl::StrCat(TimeText(time), " ", SeverityName(severity), " ",
                          PlainText(message, kMaxMessage));
  for (const LogField& field : fields) {
    absl::StrAppend(&line, json ? ",\"" : " ", field.name, json ? "\":" : "=");
    if (const auto* const number = std::get_if<int64_t>(&field.value)) {
      absl::StrAppend(&line, *number);
    } else {
      const auto& text = std::get<std::string>(field.value);
      line += json ? JsonText(text, kMaxValue) : PlainValue(text);
    }
  }
  return line + (json ? "}\n" : "\n");
}

void Log(Severity severity, absl::string_view message, absl::Span<const LogField> fields) {
  ++lines[static_cast<size_t>(severity)];
  if (severity < least_grave.load()) return;
  // In one piece, so that lines of several threads do not mix.
  const std::string line = FormatLogLine(format_in_use, absl::Now(), severity, message, fields);
  static absl::Mutex mutex(absl::kConstInit);
  const absl::MutexLock lock(&mutex);
  std::cerr << line << std::flush;
}

std::array<uint64_t, kSeverities> LogLines() {
  std::array<uint64_t, kSeverities> counts = {};
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = lines[i].load();
  return counts;
}

}  // namespace codeset::server
