#include "server/upload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "server/loader.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/portable/portable_file.h"

namespace codeset::server {
namespace {

using model::Reason;

absl::Status Invalid(absl::string_view field, absl::string_view why) {
  return InvalidFields(Reason::kArgumentInvalid, {{std::string(field), std::string(why)}});
}

}  // namespace

absl::Status Upload::Add(v1::LoadReleaseRequest& message) {
  if (ended_) return Invalid("end", "it is the last message");
  switch (message.part_case()) {
    case v1::LoadReleaseRequest::kOptions:
      if (options_.has_value()) return Invalid("options", "they are sent once, first");
      RETURN_IF_ERROR(CheckLoadOptions(message.options()));
      options_ = std::move(*message.mutable_options());
      return absl::OkStatus();
    case v1::LoadReleaseRequest::kChunk:
      if (!options_.has_value()) return Invalid("options", "they are sent before all chunks");
      return AddChunk(*message.mutable_chunk());
    case v1::LoadReleaseRequest::kEnd:
      return End(message.end());
    case v1::LoadReleaseRequest::PART_NOT_SET:
      break;
  }
  return Invalid("part", "a message holds options, a chunk or the end");
}

absl::Status Upload::End(const v1::LoadEnd& end) {
  const auto differs = [](absl::string_view field, int64_t stated, size_t received) {
    return Invalid(absl::StrCat("end.", field),
                   absl::StrCat(stated, " were sent, and ", received, " have been received"));
  };
  if (end.files() != static_cast<int64_t>(files_.size())) {
    return differs("files", end.files(), files_.size());
  }
  if (end.bytes() != static_cast<int64_t>(bytes_)) return differs("bytes", end.bytes(), bytes_);
  ended_ = true;
  return absl::OkStatus();
}

absl::Status Upload::AddChunk(v1::FileChunk& chunk) {
  if (chunk.name().empty() || chunk.name().size() > kMaxFileNameBytes) {
    return Invalid("chunk.name", absl::StrCat("a file's name has 1 to ", kMaxFileNameBytes,
                                              " bytes, not ", chunk.name().size()));
  }
  if (chunk.data().size() > kMaxChunkBytes) {
    return Invalid("chunk.data", absl::StrCat("a chunk has at most ", kMaxChunkBytes,
                                              " bytes, not ", chunk.data().size()));
  }
  if (chunk.data().size() > max_bytes_ - bytes_) {
    if (portable::IsPortable(files_.empty() ? chunk.data() : files_.front().bytes)) {
      return model::MakeError(
          Reason::kLoadTooLarge,
          absl::StrCat("a load takes a portable file of at most ", max_bytes_,
                       " bytes, also where one of its releases alone is wanted; export fewer "
                       "releases into a file (codesetctl release export), and load file by file"));
    }
    return model::MakeError(Reason::kLoadTooLarge,
                            absl::StrCat("all files of a load together have at most ", max_bytes_,
                                         " bytes; send what the release needs only: order file, "
                                         "tabular list, order addenda"));
  }
  // Early, so that nobody sends all of a load that cannot be.
  if (files_.empty() && !portable::IsPortable(chunk.data())) {
    RETURN_IF_ERROR(RequireReleaseId(*options_));
  }
  if (files_.empty() || files_.back().name != chunk.name()) {
    if (files_.size() == kMaxLoadFiles) {
      return model::MakeError(Reason::kLoadTooLarge,
                              absl::StrCat("a load has at most ", kMaxLoadFiles, " files"));
    }
    files_.push_back({chunk.name(), ""});
  }
  bytes_ += chunk.data().size();
  if (files_.back().bytes.empty()) {
    files_.back().bytes = std::move(*chunk.mutable_data());
  } else {
    files_.back().bytes += chunk.data();
  }
  return absl::OkStatus();
}

absl::Status Upload::Finish() const {
  if (!options_.has_value()) return Invalid("options", "they are required, first of all");
  if (files_.empty()) return Invalid("chunk", "a load needs at least one file");
  // gRPC tells alike of a client that half-closed and of a stream of which nothing more can be
  // read, as after a breach of HTTP/2's flow control or a message that cannot be parsed, where
  // answers still go out.
  if (!ended_) {
    return Invalid("end", absl::StrCat("it is required, after the last chunk, so that a part is "
                                       "never taken for the whole; ",
                                       files_.size(), " files, ", bytes_, " bytes had come"));
  }
  return absl::OkStatus();
}

}  // namespace codeset::server
