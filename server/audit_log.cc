#include "server/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/log.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Of a text that a caller sent.
constexpr size_t kMaxText = 200;
// Of what the caller was told.
constexpr size_t kMaxMessage = 500;
// Options hold selectors; nothing that is logged lies deeper.
constexpr int kMaxDepth = 3;

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

// Opens the file to append to it; -1 with errno.
int OpenToAppend(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

// Whether a file ends within a line, as after a write that found the disk full. What is no file, or
// cannot be read, ends with one.
bool EndsWithinLine(int file, const std::string& path) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return false;
  const int reader = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (reader < 0) return false;
  char last = '\n';
  const bool read = ::pread(reader, &last, 1, status.st_size - 1) == 1;
  ::close(reader);
  return read && last != '\n';
}

// Writes all of `line`. The name of what failed; empty if nothing did.
std::string Append(int file, absl::string_view line) {
  while (!line.empty()) {
    const ssize_t count = ::write(file, line.data(), line.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::strerror(errno);
    line.remove_prefix(static_cast<size_t>(count));
  }
  // A pipe or a terminal has no disk.
  if (::fdatasync(file) != 0 && errno != EINVAL && errno != EROFS) return std::strerror(errno);
  return "";
}

}  // namespace

void AuditParameters::Add(const std::string& prefix, const Message& message) {
  if (static_cast<int>(std::count(prefix.begin(), prefix.end(), '.')) >= kMaxDepth) return;
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    AddField(absl::StrCat(prefix, field->name()), message, *field);
  }
}

void AuditParameters::AddField(const std::string& path, const Message& message,
                               const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    Count(path, reflection.FieldSize(message, &field));
    return;
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Add(absl::StrCat(path, "."), reflection.GetMessage(message, &field));
      break;
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text = reflection.GetStringReference(message, &field, &scratch);
      if (field.type() == FieldDescriptor::TYPE_BYTES) {
        Count(path, static_cast<int64_t>(text.size()));
      } else {
        values_.emplace(path, std::string(model::CutUtf8(text, kMaxText)));
      }
      break;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      values_.emplace(path, reflection.GetBool(message, &field));
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      values_.emplace(path, reflection.GetEnum(message, &field)->name());
      break;
    case FieldDescriptor::CPPTYPE_INT32:
      values_.emplace(path, int64_t{reflection.GetInt32(message, &field)});
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      values_.emplace(path, reflection.GetInt64(message, &field));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      values_.emplace(path, int64_t{reflection.GetUInt32(message, &field)});
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      values_.emplace(path, absl::StrCat(reflection.GetUInt64(message, &field)));
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      values_.emplace(path, absl::StrCat(reflection.GetDouble(message, &field)));
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      values_.emplace(path, absl::StrCat(reflection.GetFloat(message, &field)));
      break;
  }
}

void AuditParameters::Count(const std::string& path, int64_t count) {
  Value& value = values_.emplace(path, int64_t{0}).first->second;
  if (auto* const total = std::get_if<int64_t>(&value)) *total += count;
}

std::string AuditParameters::By() const {
  for (const char* path : {"by", "options.by"}) {
    const auto place = values_.find(path);
    if (place == values_.end()) continue;
    if (const auto* const text = std::get_if<std::string>(&place->second)) return *text;
  }
  return "";
}

std::string AuditParameters::ToJson() const {
  std::string json = "{";
  for (const auto& [path, value] : values_) {
    absl::StrAppend(&json, json.size() == 1 ? "" : ",", JsonText(path, kMaxText), ":");
    if (const auto* const text = std::get_if<std::string>(&value)) {
      json += JsonText(*text, kMaxText);
    } else if (const auto* const number = std::get_if<int64_t>(&value)) {
      absl::StrAppend(&json, *number);
    } else {
      json += std::get<bool>(value) ? "true" : "false";
    }
  }
  return json + "}";
}

std::string FormatAuditRecord(const AuditRecord& record) {
  const auto text = [](absl::string_view name, absl::string_view value, size_t limit = kMaxText) {
    return absl::StrCat("\"", name, "\":", JsonText(value, limit), ",");
  };
  return absl::StrCat(
      "{", text("time", TimeText(record.time)), text("request_id", record.request_id),
      text("method", record.method), text("peer", record.caller.peer),
      text("certificate", record.caller.certificate), text("token", record.caller.token),
      text("by", record.parameters.By()), "\"parameters\":", record.parameters.ToJson(), ",",
      text("result", record.result), text("message", record.message, kMaxMessage),
      "\"milliseconds\":", absl::ToInt64Milliseconds(record.duration), "}");
}

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(const std::string& path,
                                                         absl::Duration minute) {
  if (!path.empty()) {
    const int file = OpenToAppend(path);
    if (file < 0) {
      return model::MakeError(
          model::Reason::kArgumentInvalid,
          absl::StrCat("the audit log ", path, " cannot be written: ", std::strerror(errno)));
    }
    ::close(file);
  }
  return std::unique_ptr<AuditLog>(new AuditLog(path, minute));
}

AuditLog::~AuditLog() {
  const absl::MutexLock lock(&mutex_);
  if (const std::string line = TakeLeftOut(absl::Now()); !line.empty()) WriteText(line);
}

std::string AuditLog::TakeLeftOut(absl::Time now) {
  refused_lines_ = 0;
  if (left_out_ == 0) return "";
  AuditRecord record;
  record.time = now;
  record.caller = std::move(left_out_caller_);
  record.parameters.Set("calls", std::exchange(left_out_, 0));
  record.parameters.Set("since", TimeText(minute_begin_));
  record.result = std::string(model::ReasonName(model::Reason::kUnauthenticated));
  record.message = "further calls were not let in, the last from this peer";
  return FormatAuditRecord(record) + "\n";
}

void AuditLog::Write(const AuditRecord& record) {
  const absl::Time now = absl::Now();
  const absl::MutexLock lock(&mutex_);
  std::string text;
  if (now >= minute_begin_ + minute_) text = TakeLeftOut(now);
  if (record.caller.access.ok() || refused_lines_ < kRefusedLinesAMinute) {
    absl::StrAppend(&text, FormatAuditRecord(record), "\n");
  }
  if (!record.caller.access.ok()) {
    if (refused_lines_ == 0) minute_begin_ = now;
    if (refused_lines_ < kRefusedLinesAMinute) {
      ++refused_lines_;
    } else {
      ++left_out_;
      left_out_caller_ = record.caller;
    }
  }
  if (!text.empty()) WriteText(text);
}

void AuditLog::WriteText(const std::string& text) {
  const int64_t lines = std::count(text.begin(), text.end(), '\n');
  records_ += lines;
  if (path_.empty()) {
    std::cerr << text << std::flush;
    return;
  }
  const int file = OpenToAppend(path_);
  std::string failure;
  if (file < 0) {
    failure = std::strerror(errno);
  } else {
    failure = Append(file, absl::StrCat(EndsWithinLine(file, path_) ? "\n" : "", text));
    ::close(file);
  }
  if (failure.empty()) return;
  failures_ += lines;
  Log(Severity::kError, absl::StrCat("audit log ", path_, " cannot be written (", failure,
                                     "); what is missing there is next"));
  // As it is: it may be longer than what a log cuts off.
  std::cerr << text << std::flush;
}

std::string AuditLog::Problem() const {
  if (path_.empty()) return "";
  const int file = OpenToAppend(path_);
  if (file < 0) return std::strerror(errno);
  ::close(file);
  return "";
}

}  // namespace codeset::server
