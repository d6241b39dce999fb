// What the fuzz targets of requests have in common: each is a class whose one object
// request_mutator.cc and libFuzzer's entry point ask for, and most answer from the same data.
//
// Not thread-safe.
#pragma once

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/backend.h"
#include "server/cancelled.h"
#include "storage/model/status_macros.h"
#include "storage/store/store.h"
#include "tests/fuzz/request_service.h"

namespace codeset::fuzz {

// 2026-11-23, noon in New York: the only time there is.
absl::Time Now();

// A folder that is removed at the end, in memory where the system has such files.
class WorkFolder {
 public:
  WorkFolder();
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Opens a data directory.
std::unique_ptr<store::Store> OpenStore(const std::string& folder);

// What handlers answer from.
server::Backend BackendOf(store::Store& store);

// Loads releases of the miniature into an empty store.
void LoadMiniature(store::Store& store, const std::vector<std::string>& ids);

// Imports the sample pages against 2026, verifies one, counts uses, and sets the labels `prod` and
// `trial`.
void AddPagesAndLabels(store::Store& store);

// A service and what it answers from.
class RequestTarget {
 public:
  virtual ~RequestTarget() = default;
  RequestTarget(const RequestTarget&) = delete;
  RequestTarget& operator=(const RequestTarget&) = delete;

  // Makes the calls in a text (request_text.h); fails where something does not hold.
  virtual void Run(absl::string_view text) = 0;

  const google::protobuf::ServiceDescriptor& descriptor() const { return service_.descriptor(); }

 protected:
  explicit RequestTarget(const std::string& service) : service_(service) {}

  Service& service() { return service_; }
  // Of this target alone, and empty at first.
  const std::string& folder() const { return folder_.path(); }

  // Answers a method with a function of `*backend`, which is asked for at each call.
  template <typename Request, typename Answer>
  void Plain(const char* method,
             absl::StatusOr<Answer> (*answer)(const server::Backend&, const Request&)) {
    service_.AddUnary<Request>(
        method, [this, answer](const Request& request) { return answer(*backend_, request); });
  }
  template <typename Request, typename Answer>
  void Plain(const char* method,
             absl::StatusOr<Answer> (*answer)(const server::Backend&, const Request&,
                                              const server::Cancelled&)) {
    service_.AddUnary<Request>(
        method, [this, answer](const Request& request) { return answer(*backend_, request, {}); });
  }

  // Opens the data directory `folder`, in place of what was open.
  void OpenData(const std::string& folder);
  void CloseData();
  bool is_open() const { return store_ != nullptr; }
  store::Store& store() { return *store_; }
  const server::Backend& backend() const { return *backend_; }

 private:
  // First, since it is removed when the store is closed.
  const WorkFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<server::Backend> backend_;
  Service service_;
};

// One that changes nothing: over 2025 to 2027 of the miniature, with pages and labels. Each call is
// made twice.
class ReadingTarget : public RequestTarget {
 public:
  void Run(absl::string_view text) override { service().Run(text, /*repeatable=*/true); }

 protected:
  explicit ReadingTarget(const std::string& service);

  // Answers a method whose client streams with what a session of the server says, by Next,
  // after each message that it takes.
  template <typename Session, typename Request>
  void Streamed(const char* method) {
    service().Add(method, [this](const Service::Messages& messages) -> Service::Answer {
      Session session(backend());
      std::vector<std::string> answers;
      for (const google::protobuf::Message* message : messages) {
        RETURN_IF_ERROR(session.Take(static_cast<const Request&>(*message)));
        while (true) {
          ASSIGN_OR_RETURN(const auto response, session.Next());
          if (!response.has_value()) break;
          answers.push_back(response->SerializeAsString());
        }
      }
      RETURN_IF_ERROR(session.End());
      return answers;
    });
  }
};

// The target of this program; each defines it.
RequestTarget& TheTarget();

}  // namespace codeset::fuzz
