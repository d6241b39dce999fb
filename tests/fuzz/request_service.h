// A service as the functions behind it answer, without transport, and what holds of every answer.
//
//   Service service("codeset.v1.Releases");
//   service.AddUnary<v1::GetReleaseRequest>("GetRelease", [&](const auto& request) {
//     return server::GetRelease(backend, request);
//   });
//   service.CheckComplete();                       // every method of the proto has been added
//   service.Run("%% GetRelease\nrelease { release: \"2026\" }");
//
// Not thread-safe.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/status_macros.h"
#include "tests/fuzz/request_text.h"

namespace codeset::fuzz {

// The most messages of a stream that are asked for.
inline constexpr int kMaxStreamed = 50;

// See above.
class Service {
 public:
  using Messages = std::vector<const google::protobuf::Message*>;
  // What a call is answered with: messages of the method's response type, serialised.
  using Answer = absl::StatusOr<std::vector<std::string>>;
  using Handler = std::function<Answer(const Messages&)>;

  explicit Service(const std::string& full_name);

  const google::protobuf::ServiceDescriptor& descriptor() const { return descriptor_; }

  void Add(const std::string& method, Handler handler);

  // Adds a method of one request. `handle` gives an absl::StatusOr of the response, of its bytes,
  // or of a function that gives one after another and at last nothing.
  template <typename Request, typename Handle>
  void AddUnary(const std::string& method, Handle handle) {
    Add(method, [handle = std::move(handle)](const Messages& messages) -> Answer {
      auto answer = handle(static_cast<const Request&>(*messages.front()));
      RETURN_IF_ERROR(answer.status());
      return Collect(*std::move(answer));
    });
  }

  // Fails unless every method of the service was added.
  void CheckComplete() const;

  // Makes the calls that stand in a text. Fails where an answer is not the method's response, or
  // an error not as ExpectRequestError wants it; and, if `repeatable`, where a call is answered
  // otherwise the second time, or the token of a page does not lead to another. Returns how many
  // calls were answered with OK.
  int Run(absl::string_view text, bool repeatable);

 private:
  static std::vector<std::string> Collect(std::string bytes) { return {std::move(bytes)}; }
  static std::vector<std::string> Collect(const google::protobuf::Message& message) {
    return {message.SerializeAsString()};
  }
  // Gives nothing at the end.
  template <typename Message>
  static Answer Collect(std::function<std::optional<Message>()> next) {
    std::vector<std::string> answers;
    for (int i = 0; i < kMaxStreamed; ++i) {
      std::optional<Message> message = next();
      if (!message.has_value()) break;
      answers.push_back(Collect(*std::move(message)).front());
    }
    return answers;
  }
  template <typename Message>
  static Answer Collect(std::function<absl::StatusOr<std::optional<Message>>()> next) {
    std::vector<std::string> answers;
    for (int i = 0; i < kMaxStreamed; ++i) {
      ASSIGN_OR_RETURN(std::optional<Message> message, next());
      if (!message.has_value()) break;
      answers.push_back(Collect(*std::move(message)).front());
    }
    return answers;
  }

  Answer Ask(const Call& call) const;
  void CheckAnswer(const Call& call, const Answer& answer) const;
  // Asks for the page after the one that was answered, if there is one.
  void CheckNextPage(const Call& call, const std::string& answer) const;

  const google::protobuf::ServiceDescriptor& descriptor_;
  std::map<std::string, Handler> handlers_;
};

// Fails unless an error is as clients are promised: with exactly one ErrorInfo, of a reason that
// the proto has and of that reason's code, with fields where fields are wrong and a resource where
// one was not found; and unless it is one that a request can bring about: no INTERNAL, UNKNOWN,
// UNAVAILABLE or DATA_LOSS.
void ExpectRequestError(const absl::Status& status);

}  // namespace codeset::fuzz
