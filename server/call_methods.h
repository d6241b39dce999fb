// The methods of the contract, by the path that a call names: what calls are counted and logged by.
//
// Thread-safe because immutable.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace codeset::server {

// A method.
struct CallMethod {
  // Its place among the methods.
  size_t index = 0;
  // `Terminology`, `GetConcept`, and what a call names: `/codeset.v1.Terminology/GetConcept`.
  std::string service;
  std::string name;
  std::string path;
  // Its request.
  const google::protobuf::Descriptor* request = nullptr;
  bool client_streams = false;
  bool server_streams = false;
  // Whether it has one request, which comes as bytes and not as a message (IsRawMethod,
  // services.h).
  bool raw = false;

  bool streams() const { return client_streams || server_streams; }
};

// See above.
class CallMethods {
 public:
  CallMethods();

  // All of them, by index.
  const std::vector<CallMethod>& all() const { return methods_; }

  // The method of a path; null for one that is not of the contract, of which anybody may make up
  // any number.
  const CallMethod* Find(absl::string_view path) const {
    const auto place = by_path_.find(path);
    return place == by_path_.end() ? nullptr : &methods_[place->second];
  }

 private:
  std::vector<CallMethod> methods_;
  // Views into `methods_`.
  absl::flat_hash_map<absl::string_view, size_t> by_path_;
};

// What the selectors of a request name, as `request` holds it: a `const grpc::ByteBuffer*` of a raw
// method, else its message. An id, a label or a date each, with a space between; the `release_id`
// of requests of Admin. Empty where there is none, and of methods that the client streams.
std::string ReleasesOf(const CallMethod& method, const void* request);

}  // namespace codeset::server
