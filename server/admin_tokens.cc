#include "server/admin_tokens.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/log.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using model::Reason;

constexpr size_t kMaxName = 63;
constexpr size_t kRandomBytes = 32;

bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

absl::Status BadName() {
  return model::MakeError(
      Reason::kArgumentInvalid,
      absl::StrCat("a token's name is 1 to ", kMaxName, " of A-Z, a-z, 0-9, '.', '_' and '-'"));
}

}  // namespace

absl::StatusOr<std::vector<TokenEntry>> ParseTokens(absl::string_view text,
                                                    absl::string_view path) {
  std::vector<TokenEntry> entries;
  int number = 0;
  const auto bad = [&](absl::string_view why) {
    // Never the line itself: somebody may have put a token there.
    return model::MakeFileError(Reason::kArgumentInvalid, path, number, why);
  };
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view words = absl::StripAsciiWhitespace(line);
    if (words.empty() || words[0] == '#') continue;
    const std::vector<absl::string_view> parts =
        absl::StrSplit(words, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    const absl::StatusOr<model::Digest> digest =
        parts.size() == 2 ? model::ParseDigest(parts[1]) : absl::InvalidArgumentError("");
    if (!digest.ok() || !IsName(parts[0])) {
      return bad(
          "a line is a name and the 64 hexadecimal digits of a token's SHA-256; "
          "codesetd hash-token NAME prints one");
    }
    if (std::any_of(entries.begin(), entries.end(),
                    [&](const TokenEntry& entry) { return entry.name == parts[0]; })) {
      return bad("the name of this line stands above already");
    }
    if (entries.size() == kMaxTokens) {
      return bad(absl::StrCat("a file has at most ", kMaxTokens, " tokens"));
    }
    entries.push_back({std::string(parts[0]), *digest});
  }
  number = 0;
  if (entries.empty()) return bad("it has no token; codesetd hash-token NAME prints a line for it");
  return entries;
}

absl::StatusOr<std::string> TokenLine(absl::string_view name, absl::string_view token) {
  if (!IsName(name)) return BadName();
  if (token.size() < kMinTokenBytes || token.size() > kMaxTokenBytes ||
      !std::all_of(token.begin(), token.end(), absl::ascii_isgraph)) {
    return model::MakeError(
        Reason::kArgumentInvalid,
        absl::StrCat("a token is ", kMinTokenBytes, " to ", kMaxTokenBytes,
                     " printable characters without spaces, so that nobody can guess it; "
                     "codesetd hash-token NAME --generate FILE makes one"));
  }
  return absl::StrCat(name, " ", model::FormatDigest(model::DigestOf(token)));
}

absl::StatusOr<std::string> RandomToken() {
  unsigned char bytes[kRandomBytes];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
    return model::MakeError(Reason::kInternal, "the system gives no random bytes");
  }
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
}

absl::StatusOr<std::unique_ptr<AdminTokens>> AdminTokens::Open(const std::string& path) {
  std::unique_ptr<AdminTokens> tokens(new AdminTokens(path));
  const absl::MutexLock lock(&tokens->mutex_);
  RETURN_IF_ERROR(tokens->Read());
  return tokens;
}

absl::Status AdminTokens::Read() {
  const FileStamp stamp = StampOf(path_);
  entries_.clear();
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(path_, "token file"));
  // A file that could not be read is tried again; one that is wrong, when it has changed.
  stamp_ = stamp;
  ASSIGN_OR_RETURN(entries_, ParseTokens(text, path_));
  return absl::OkStatus();
}

absl::StatusOr<std::string> AdminTokens::NameOf(absl::string_view token) {
  const model::Digest digest = model::DigestOf(token);
  const absl::MutexLock lock(&mutex_);
  if (StampOf(path_) != stamp_) {
    if (const absl::Status status = Read(); !status.ok()) {
      Log(Severity::kError, "no admin token is accepted until the token file is mended",
          {{"error", status.message()}});
    }
  }
  if (entries_.empty()) {
    return model::MakeError(Reason::kUnauthenticated,
                            "no token is accepted, since the server cannot read its token file; "
                            "its log says why");
  }
  // All of them, each in constant time: how long it takes tells nothing of what is right.
  const TokenEntry* found = nullptr;
  for (const TokenEntry& entry : entries_) {
    if (CRYPTO_memcmp(entry.digest.bytes.data(), digest.bytes.data(), digest.bytes.size()) == 0) {
      found = &entry;
    }
  }
  if (found == nullptr) {
    return model::MakeError(Reason::kUnauthenticated,
                            "the bearer token is none of those in the server's token file");
  }
  return found->name;
}

}  // namespace codeset::server
