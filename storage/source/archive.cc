#include "storage/source/archive.h"

#include <zip.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::source {
namespace {

struct ZipCloser {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
using Zip = std::unique_ptr<zip_t, ZipCloser>;

struct MemberCloser {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using MemberFile = std::unique_ptr<zip_file_t, MemberCloser>;

absl::Status Unreadable(absl::string_view name, absl::string_view why) {
  return model::MakeFileError(model::Reason::kSourceUnreadable, name, 0, why);
}

// Opens a zip over `bytes`, which must outlive it.
absl::StatusOr<Zip> Open(absl::string_view name, absl::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* zip = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  if (zip == nullptr) {
    if (source != nullptr) zip_source_free(source);
    const absl::Status status = Unreadable(
        name, absl::StrCat("not a readable zip, perhaps truncated: ", zip_error_strerror(&error)));
    zip_error_fini(&error);
    return status;
  }
  zip_error_fini(&error);
  return Zip(zip);
}

// A member's name as a label: readable, of bounded length, one line.
std::string Label(absl::string_view archive, absl::string_view member) {
  constexpr size_t kShown = 200;
  return absl::StrCat(archive, "/", model::CleanName(model::CutUtf8(member, kShown)));
}

// So many bytes are unpacked at a time.
constexpr size_t kStep = size_t{1} << 20;

// The size of a member as the archive declares it, which may lie; 0 if it does not.
size_t DeclaredSize(zip_t* zip, zip_uint64_t index) {
  zip_stat_t stat;
  if (zip_stat_index(zip, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0) return 0;
  return std::min<zip_uint64_t>(stat.size, kMaxMemberBytes);
}

// Appends up to `limit` bytes to `bytes`; fewer mean that the member ends there.
absl::Status Append(absl::string_view name, zip_file_t* file, size_t limit, std::string* bytes) {
  while (limit > 0) {
    const size_t before = bytes->size();
    const size_t step = std::min(limit, kStep);
    bytes->resize(before + step);
    const zip_int64_t count = zip_fread(file, bytes->data() + before, step);
    if (count < 0) {
      return Unreadable(name, absl::StrCat("cannot be unpacked: ", zip_file_strerror(file)));
    }
    bytes->resize(before + static_cast<size_t>(count));
    if (count == 0) break;
    limit -= static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ArchiveMember>> ArchiveReader::Read(absl::string_view name,
                                                               absl::string_view bytes) {
  ASSIGN_OR_RETURN(const Zip zip, Open(name, bytes));
  const zip_int64_t count = zip_get_num_entries(zip.get(), 0);
  if (count > kMaxArchiveMembers) {
    return Unreadable(name, absl::StrCat("holds ", count, " files, and at most ",
                                         kMaxArchiveMembers, " are opened"));
  }
  std::vector<ArchiveMember> members;
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* member_name = zip_get_name(zip.get(), i, ZIP_FL_ENC_GUESS);
    if (member_name == nullptr) return Unreadable(name, zip_strerror(zip.get()));
    if (absl::EndsWith(member_name, "/")) continue;
    ArchiveMember member{Label(name, member_name), FileKind::kUnknown, ""};
    const MemberFile file(zip_fopen_index(zip.get(), i, 0));
    if (file == nullptr) {
      return Unreadable(member.name, absl::StrCat("cannot be opened: ", zip_strerror(zip.get())));
    }
    RETURN_IF_ERROR(Append(member.name, file.get(), kRecogniseBytes, &member.bytes));
    member.kind = Recognise(member.bytes);
    if (IsNeeded(member.kind)) {
      // The last step asks for more than there is.
      member.bytes.reserve(DeclaredSize(zip.get(), i) + kStep);
      RETURN_IF_ERROR(ReadWhole(member.name, file.get(), &member.bytes));
    }
    unpacked_ += std::min(member.bytes.size(), kMaxUnpackedBytes - unpacked_);
    members.push_back(std::move(member));
  }
  return members;
}

absl::StatusOr<std::optional<std::string>> ArchiveReader::ReadPart(absl::string_view name,
                                                                   absl::string_view bytes,
                                                                   const std::string& part) {
  ASSIGN_OR_RETURN(const Zip zip, Open(name, bytes));
  const zip_int64_t place = zip_name_locate(zip.get(), part.c_str(), 0);
  if (place < 0) return std::nullopt;
  const std::string label = Label(name, part);
  const MemberFile file(zip_fopen_index(zip.get(), place, 0));
  if (file == nullptr) {
    return Unreadable(label, absl::StrCat("cannot be opened: ", zip_strerror(zip.get())));
  }
  std::string text;
  text.reserve(DeclaredSize(zip.get(), place) + kStep);
  RETURN_IF_ERROR(ReadWhole(label, file.get(), &text));
  unpacked_ += std::min(text.size(), kMaxUnpackedBytes - unpacked_);
  return text;
}

absl::Status ArchiveReader::ReadWhole(absl::string_view name, zip_file* file,
                                      std::string* bytes) const {
  // The size that the archive declares may lie; what comes out is counted.
  const size_t room = std::min(kMaxMemberBytes, kMaxUnpackedBytes - unpacked_);
  RETURN_IF_ERROR(Append(name, file, room - std::min(room, bytes->size()) + 1, bytes));
  if (bytes->size() <= room) return absl::OkStatus();
  return Unreadable(name, absl::StrCat("unpacks to more than is read: ", kMaxMemberBytes >> 20,
                                       " MiB of one file, ", kMaxUnpackedBytes >> 20,
                                       " MiB of all files of a load"));
}

}  // namespace codeset::source
