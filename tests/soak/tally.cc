#include "tests/soak/tally.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "client/cpp/error.h"

namespace codeset::soak {
namespace {

constexpr size_t kExamples = 40;

using google::protobuf::Struct;

template <typename Number>
uint64_t SumOf(const std::map<std::string, Number>& counts) {
  uint64_t sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

template <typename Number>
Struct ToStruct(const std::map<std::string, Number>& counts) {
  Struct object;
  for (const auto& [name, count] : counts) {
    (*object.mutable_fields())[name].set_number_value(static_cast<double>(count));
  }
  return object;
}

Struct ToStruct(const bench::LatencyHistogram& histogram) {
  const auto milliseconds = [](uint64_t nanoseconds) {
    return static_cast<double>(nanoseconds / 1000) * 1e-3;
  };
  Struct object;
  auto& fields = *object.mutable_fields();
  fields["calls"].set_number_value(static_cast<double>(histogram.count()));
  fields["p50_ms"].set_number_value(milliseconds(histogram.Quantile(0.5)));
  fields["p99_ms"].set_number_value(milliseconds(histogram.Quantile(0.99)));
  fields["max_ms"].set_number_value(milliseconds(histogram.max()));
  return object;
}

}  // namespace

std::string ErrorName(const absl::Status& status) {
  const std::string reason = client::ErrorReasonNameOf(status);
  return absl::StrCat(absl::StatusCodeToString(status.code()), reason.empty() ? "" : " ", reason);
}

void Tally::Called(const std::string& kind, absl::Duration took) {
  const std::lock_guard<std::mutex> lock(mutex_);
  calls_[kind].Record(static_cast<uint64_t>(absl::ToInt64Nanoseconds(took)));
}

void Tally::AskedFor(const absl::Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++asked_for_[ErrorName(status)];
}

void Tally::NotAskedFor(const std::string& kind, const absl::Status& status,
                        absl::string_view about) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++not_asked_for_[ErrorName(status)];
  if (examples_.size() < kExamples) {
    examples_.push_back(absl::StrCat(
        kind, ": ", about, ": error not asked for: ", ErrorName(status), ": ", status.message()));
  }
}

void Tally::Wrong(const std::string& kind, absl::string_view what) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++wrong_[kind];
  if (examples_.size() < kExamples) examples_.push_back(absl::StrCat(kind, ": wrong: ", what));
}

void Tally::Count(const std::string& name, int64_t by) {
  const std::lock_guard<std::mutex> lock(mutex_);
  counts_[name] += by;
}

uint64_t Tally::calls() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  uint64_t sum = 0;
  for (const auto& [kind, histogram] : calls_) sum += histogram.count();
  return sum;
}

uint64_t Tally::calls_of(const std::string& kind) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = calls_.find(kind);
  return found == calls_.end() ? 0 : found->second.count();
}

int64_t Tally::count_of(const std::string& name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = counts_.find(name);
  return found == counts_.end() ? 0 : found->second;
}

uint64_t Tally::wrong() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return SumOf(wrong_);
}

uint64_t Tally::not_asked_for() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return SumOf(not_asked_for_);
}

void Tally::WriteJson(std::ostream& out, double seconds) const {
  const double all = static_cast<double>(calls());
  const std::lock_guard<std::mutex> lock(mutex_);
  Struct report;
  auto& fields = *report.mutable_fields();
  fields["seconds"].set_number_value(seconds);
  fields["calls"].set_number_value(all);
  fields["calls_per_second"].set_number_value(seconds > 0 ? all / seconds : 0);
  auto& kinds = *fields["kinds"].mutable_struct_value()->mutable_fields();
  for (const auto& [kind, histogram] : calls_) {
    *kinds[kind].mutable_struct_value() = ToStruct(histogram);
  }
  *fields["errors_asked_for"].mutable_struct_value() = ToStruct(asked_for_);
  *fields["errors_not_asked_for"].mutable_struct_value() = ToStruct(not_asked_for_);
  *fields["wrong_answers"].mutable_struct_value() = ToStruct(wrong_);
  *fields["counts"].mutable_struct_value() = ToStruct(counts_);
  for (const std::string& example : examples_) {
    fields["examples"].mutable_list_value()->add_values()->set_string_value(example);
  }
  std::string json;
  const auto written = google::protobuf::util::MessageToJsonString(report, &json);
  out << (written.ok() ? json : "") << "\n";
}

}  // namespace codeset::soak
