// A client of WatchReleases, for tests.
//
//   Watching watching(stub, request);
//   EXPECT_EQ(watching.Next(), "LOADED 2026");
//
// Not thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace codeset::server {

// An event as one line: its kind, then the label and what it named before, or the release.
inline std::string EventText(const v1::ReleaseEvent& event) {
  const std::string kind =
      v1::ReleaseEventKind_Name(event.kind()).substr(std::string("RELEASE_EVENT_KIND_").size());
  std::string text = kind;
  if (event.kind() == v1::RELEASE_EVENT_KIND_LABEL_MOVED) {
    absl::StrAppend(&text, " ", event.label(), " ", event.previous_release_id(), ">",
                    event.release_id());
  } else {
    absl::StrAppend(&text, " ", event.release_id());
  }
  if (!event.activate_on().empty()) absl::StrAppend(&text, " on ", event.activate_on());
  if (event.overdue_edition_ids_size() > 0) {
    absl::StrAppend(&text, ": ", absl::StrJoin(event.overdue_edition_ids(), ","));
  }
  return text;
}

// See above. Reads the first message, which has no event, at once.
class Watching {
 public:
  explicit Watching(v1::Releases::Stub& stub, const std::string& token = "",
                    bool from_beginning = false) {
    v1::WatchReleasesRequest request;
    request.set_resume_token(token);
    request.set_from_beginning(from_beginning);
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(120));
    reader_ = stub.WatchReleases(&context_, request);
    v1::WatchReleasesResponse first;
    began_ = reader_->Read(&first) && !first.has_event();
    token_ = first.resume_token();
  }
  ~Watching() {
    context_.TryCancel();
    if (!finished_) reader_->Finish();
  }

  // Whether the first message came, and had no event.
  bool began() const { return began_; }
  // Of the last message.
  const std::string& token() const { return token_; }

  // The next event; waits for it. `END` where the stream has ended.
  std::string Next() {
    v1::WatchReleasesResponse message;
    if (!reader_->Read(&message)) return "END";
    token_ = message.resume_token();
    last_ = message.event();
    return message.has_event() ? EventText(message.event()) : "NO EVENT";
  }
  std::vector<std::string> Next(size_t count) {
    std::vector<std::string> events;
    for (size_t i = 0; i < count; ++i) events.push_back(Next());
    return events;
  }
  const v1::ReleaseEvent& last() const { return last_; }

  void Cancel() { context_.TryCancel(); }

  // How the stream ended.
  grpc::Status Finish() {
    finished_ = true;
    return reader_->Finish();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchReleasesResponse>> reader_;
  std::string token_;
  v1::ReleaseEvent last_;
  bool began_ = false;
  bool finished_ = false;
};

}  // namespace codeset::server
