#include "server/request_id.h"

#include <openssl/rand.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace codeset::server {
namespace {

constexpr size_t kMaxRequestId = 128;
constexpr size_t kRandomIdBytes = 8;

}  // namespace

std::string GivenRequestId(const grpc::ServerContextBase& context) {
  const auto given = context.client_metadata().find(kRequestIdMetadata);
  if (given == context.client_metadata().end()) return "";
  const absl::string_view id(given->second.data(), given->second.size());
  if (id.empty() || id.size() > kMaxRequestId ||
      !std::all_of(id.begin(), id.end(), absl::ascii_isgraph)) {
    return "";
  }
  return std::string(id);
}

std::string NewRequestId() {
  unsigned char bytes[kRandomIdBytes] = {};
  RAND_bytes(bytes, sizeof(bytes));
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
}

}  // namespace codeset::server
