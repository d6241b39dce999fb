// The audit log: who did what to the data directory by the service Admin, and what came of it. One
// JSON object a line, for instance (on one line):
//
//   {"time":"2026-11-23T17:00:00.123456Z","request_id":"5d2e…","method":"SetLabel",
//    "peer":"ipv4:10.0.0.7:49152","certificate":"","token":"deploy","by":"jane",
//    "parameters":{"by":"jane","label":"prod","release_id":"2026"},
//    "result":"OK","message":"","milliseconds":3}
//
// Refused calls are there too, with the name of their ErrorReason as result. Contents of files and
// pages are not, nor tokens. Of calls that are not let in so many a minute have lines, so that
// nobody fills the disk from outside; further ones are counted in one line at its end, which has
// no method and parameters `calls` and `since`.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "server/admin_access.h"

namespace codeset::server {

// The main parameters of a call by their path in its messages (`options.release_id`): values that
// stand alone as they are, up to 200 bytes; lists by how many elements, and bytes by how many
// there were in all messages of the call.
class AuditParameters {
 public:
  // Takes the next message of a call.
  void Add(const google::protobuf::Message& message) { Add("", message); }

  // Sets a parameter that is in no message.
  void Set(const std::string& path, const std::string& text) { values_[path] = text; }
  void Set(const std::string& path, int64_t number) { values_[path] = number; }

  // Who does it, as the request says; empty where it does not.
  std::string By() const;

  // As a JSON object.
  std::string ToJson() const;

 private:
  using Value = std::variant<std::string, int64_t, bool>;

  void Add(const std::string& prefix, const google::protobuf::Message& message);
  void AddField(const std::string& path, const google::protobuf::Message& message,
                const google::protobuf::FieldDescriptor& field);
  void Count(const std::string& path, int64_t count);

  std::map<std::string, Value> values_;
};

// One line.
struct AuditRecord {
  absl::Time time;
  std::string request_id;
  // Without the service's name.
  std::string method;
  Caller caller;
  AuditParameters parameters;
  // `OK`, the name of an ErrorReason, or of gRPC's code where there is no reason.
  std::string result;
  // What the caller was told beside it.
  std::string message;
  absl::Duration duration;
};

// The record as its line, without the line end.
std::string FormatAuditRecord(const AuditRecord& record);

// So many calls a minute that are not let in have lines of their own.
inline constexpr int kRefusedLinesAMinute = 10;

// Where the lines go.
class AuditLog {
 public:
  // To standard error, or to a file that only its owner can read if it is made here. It is opened
  // anew for every line, so that it can be moved away at any time. ARGUMENT_INVALID where it
  // cannot be written. Another length of the minute is for tests.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(const std::string& path,
                                                        absl::Duration minute = absl::Minutes(1));
  // Writes how many calls have had no line.
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Writes a line, to disk before it returns, or counts it. Where that fails, the line goes to
  // standard error with the reason. What is written next begins a line of its own, whatever became
  // of the one before.
  void Write(const AuditRecord& record);

  // The file; empty for standard error.
  const std::string& path() const { return path_; }
  // Why the file cannot be written at this moment; empty where it can.
  std::string Problem() const;
  // How many lines there were, and how many of them went to standard error since the file could
  // not be written.
  int64_t records() const { return records_; }
  int64_t failures() const { return failures_; }

 private:
  AuditLog(std::string path, absl::Duration minute) : path_(std::move(path)), minute_(minute) {}

  // The line that tells of calls without one, with its line end; empty if there were none. Begins
  // to count anew.
  std::string TakeLeftOut(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteText(const std::string& text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  std::atomic<int64_t> records_ = 0;
  std::atomic<int64_t> failures_ = 0;
  const absl::Duration minute_;
  absl::Mutex mutex_;
  // Since when calls that are not let in are counted, how many had lines, and how many had none.
  absl::Time minute_begin_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int refused_lines_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
  // Who made the last of them.
  Caller left_out_caller_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace codeset::server
