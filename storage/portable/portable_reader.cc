#include "storage/portable/portable_reader.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/model/date.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/portable/portable_file.h"

namespace codeset::portable {
namespace {

using model::Digest;
using model::FacetGroup;
using model::Reason;
using Fields = std::vector<absl::string_view>;

// Lines have at most an id and a digest beside their word and a number.
constexpr size_t kMaxLineBytes = 400;

// How many pages are read between two looks at whether the reading is cancelled.
constexpr size_t kPagesBetweenLooks = 256;

// A number in decimal digits without a leading zero; nothing for anything else.
std::optional<size_t> ReadNumber(absl::string_view text) {
  if (text.empty() || text.size() > 12 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  size_t number = 0;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
    number = 10 * number + static_cast<size_t>(c - '0');
  }
  return number;
}

std::optional<FacetGroup> ReadGroup(absl::string_view name) {
  for (const FacetGroup group : model::kFacetGroups) {
    if (model::FacetGroupName(group) == name) return group;
  }
  return std::nullopt;
}

// Reads a file from its first byte to its last.
class Reader {
 public:
  Reader(absl::string_view bytes, absl::string_view name, const std::function<bool()>& cancelled)
      : bytes_(bytes), name_(model::CleanName(name)), cancelled_(cancelled) {}

  absl::StatusOr<PortableSet> Read() {
    RETURN_IF_ERROR(ReadMagic());
    ASSIGN_OR_RETURN(Fields line, NextLine());
    while (line[0] == "release") {
      ASSIGN_OR_RETURN(line, ReadRelease(line));
    }
    if (set_.releases.empty()) return Damaged("it names no release");
    for (size_t pages = 0; line[0] == "page"; ++pages) {
      if (pages % kPagesBetweenLooks == 0) RETURN_IF_ERROR(CheckCancelled());
      RETURN_IF_ERROR(ReadPage(line));
      ASSIGN_OR_RETURN(line, NextLine());
    }
    RETURN_IF_ERROR(ReadEnd(line));
    RETURN_IF_ERROR(ParseDescriptions());
    RETURN_IF_ERROR(Prove());
    return std::move(set_);
  }

 private:
  absl::Status Error(Reason reason, absl::string_view why) const {
    return model::MakeError(reason, absl::StrCat(name_, why), {{"file", name_}});
  }
  absl::Status Damaged(absl::string_view why) const {
    return DamagedAsWhole(absl::StrCat(why, " (at byte ", line_at_, ")"));
  }
  absl::Status DamagedAsWhole(absl::string_view why) const {
    return Error(Reason::kDataDamaged,
                 absl::StrCat(" is damaged: ", why, "; get it again from where it was written"));
  }
  absl::Status Truncated() const {
    return Error(Reason::kDataDamaged,
                 absl::StrCat(" is truncated: it ends after ", bytes_.size(),
                              " bytes, and its end does not stand there; get it again"));
  }

  absl::Status CheckCancelled() const {
    if (!cancelled_ || !cancelled_()) return absl::OkStatus();
    return Error(Reason::kCancelled, ": reading it was cancelled");
  }

  absl::Status ReadMagic() {
    if (bytes_.empty()) return Error(Reason::kSourceNotRecognised, " is empty");
    if (!IsPortable(bytes_)) {
      return Error(Reason::kSourceNotRecognised,
                   absl::StrCat(" is no portable file: it does not begin with `",
                                absl::StripAsciiWhitespace(kPortableMagic),
                                "`; codesetctl release export writes one"));
    }
    const size_t end = bytes_.substr(0, kMaxLineBytes).find('\n');
    if (end == absl::string_view::npos) {
      return bytes_.size() < kMaxLineBytes ? Truncated() : Damaged("its first line does not end");
    }
    const absl::string_view version =
        bytes_.substr(kPortableMagic.size(), end - kPortableMagic.size());
    if (version != absl::StrCat(kPortableVersion)) {
      return Error(Reason::kFormatUnsupported,
                   absl::StrCat(" is a portable file of format ", model::Quoted(version),
                                ", and this version reads format ", kPortableVersion,
                                "; take a newer version of Codeset, or export it from an older"));
    }
    at_ = end + 1;
    return absl::OkStatus();
  }

  // The next line's fields; at least one.
  absl::StatusOr<Fields> NextLine() {
    line_at_ = at_;
    const size_t end = bytes_.substr(at_, kMaxLineBytes).find('\n');
    if (end == absl::string_view::npos) {
      return bytes_.size() - at_ < kMaxLineBytes ? Truncated() : Damaged("a line does not end");
    }
    Fields fields = absl::StrSplit(bytes_.substr(at_, end), '\t');
    at_ += end + 1;
    return fields;
  }

  // The bytes of a length that a line gave.
  absl::StatusOr<absl::string_view> Take(absl::string_view length, size_t most) {
    const std::optional<size_t> size = ReadNumber(length);
    if (!size.has_value() || *size > most) return Damaged("a length is none, or too great");
    if (bytes_.size() - at_ < *size) return Truncated();
    const absl::string_view taken = bytes_.substr(at_, *size);
    at_ += *size;
    return taken;
  }

  absl::StatusOr<Digest> TakeDigest(absl::string_view hex) const {
    const absl::StatusOr<Digest> digest = model::ParseDigest(hex);
    return digest.ok() ? digest : Damaged("a digest is malformed");
  }

  // Reads a release whose first line is given; returns the line after it.
  absl::StatusOr<Fields> ReadRelease(const Fields& first) {
    if (first.size() != 4 || set_.releases.size() == kMaxPortableReleases) {
      return Damaged("a release's line is malformed, or there are too many");
    }
    PortableRelease release;
    release.spec.release_id = std::string(first[1]);
    const absl::StatusOr<model::Date> effective = model::ParseDate(first[2]);
    if (!effective.ok()) return Damaged("a release's first day is none");
    release.spec.effective = *effective;
    const size_t release_at = line_at_;
    ASSIGN_OR_RETURN(Fields line, NextLine());
    while (line[0] == "group" && line.size() == 3) {
      const std::optional<FacetGroup> group = ReadGroup(line[1]);
      if (!group.has_value()) return Damaged("a release has a group that is not known");
      ASSIGN_OR_RETURN(const Digest digest, TakeDigest(line[2]));
      release.spec.groups.emplace_back(*group, digest);
      ASSIGN_OR_RETURN(line, NextLine());
    }
    if (line[0] == "structure" && line.size() == 3) {
      ASSIGN_OR_RETURN(const Digest digest, TakeDigest(line[2]));
      release.spec.lender = {std::string(line[1]), digest};
      ASSIGN_OR_RETURN(line, NextLine());
    }
    if (line[0] == "poa" && line.size() == 3) {
      ASSIGN_OR_RETURN(const Digest digest, TakeDigest(line[2]));
      release.spec.poa = {std::string(line[1]), digest};
      ASSIGN_OR_RETURN(line, NextLine());
    }
    RETURN_IF_ERROR(ReadDescription(line));
    line_at_ = release_at;
    if (const absl::Status spec = CheckSpec(release.spec); !spec.ok()) {
      return Damaged(spec.message());
    }
    const std::string fingerprint =
        model::FormatDigest(model::ReleaseFingerprint(release.spec.groups));
    if (absl::string_view(fingerprint) != first[3]) {
      return Damaged(absl::StrCat("the groups of release ", release.spec.release_id,
                                  " give the fingerprint ", fingerprint,
                                  " and not the one that stands there"));
    }
    if (!set_.releases.empty() && !Before(set_.releases.back(), release)) {
      return Damaged("its releases are not in order, or one is there twice");
    }
    set_.releases.push_back(std::move(release));
    return NextLine();
  }

  absl::Status ReadDescription(const Fields& line) {
    if (line[0] != "description" || line.size() != 2) return Damaged("a line is malformed");
    ASSIGN_OR_RETURN(const absl::string_view bytes, Take(line[1], kMaxDescriptionBytes));
    // Read once all of the file has proved right: what is damaged is no message.
    descriptions_.push_back(bytes);
    if (at_ == bytes_.size()) return Truncated();
    if (bytes_[at_++] != '\n') return Damaged("the description of a release does not end");
    return absl::OkStatus();
  }

  absl::Status ReadPage(const Fields& line) {
    const std::optional<FacetGroup> group =
        line.size() == 4 ? ReadGroup(line[1]) : std::optional<FacetGroup>();
    if (!group.has_value()) return Damaged("a page's line is malformed");
    ASSIGN_OR_RETURN(const Digest digest, TakeDigest(line[2]));
    const std::pair<FacetGroup, Digest> place(*group, digest);
    if (last_page_.has_value() && !(*last_page_ < place)) {
      return Damaged("its pages are not in order, or one is there twice");
    }
    last_page_ = place;
    ASSIGN_OR_RETURN(const absl::string_view text, Take(line[3], kMaxPageBytes));
    if (model::DigestOf(text) != digest) {
      const absl::string_view about = text.substr(0, text.find('\n'));
      return Damaged(absl::StrCat("the page ", model::Quoted(about), " of group ", line[1],
                                  " does not match its digest ", line[2]));
    }
    set_.pages.Add(*group, digest, std::make_shared<const std::string>(text));
    return absl::OkStatus();
  }

  absl::Status ReadEnd(const Fields& line) {
    if (line[0] != "end" || line.size() != 2) return Damaged("a line is malformed");
    ASSIGN_OR_RETURN(const Digest digest, TakeDigest(line[1]));
    if (model::DigestOf(bytes_.substr(0, line_at_)) != digest) {
      return Damaged("what stands before its end does not match the digest there");
    }
    if (at_ != bytes_.size()) return Damaged("something follows its end");
    return absl::OkStatus();
  }

  absl::Status ParseDescriptions() {
    for (size_t i = 0; i < descriptions_.size(); ++i) {
      v1::Release& description = set_.releases[i].description;
      const absl::string_view bytes = descriptions_[i];
      if (!description.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
          BesideContent(description).SerializeAsString() != description.SerializeAsString()) {
        return DamagedAsWhole(absl::StrCat("the description of release ",
                                           set_.releases[i].spec.release_id, " is malformed"));
      }
    }
    return absl::OkStatus();
  }

  // Proves every release, and that no page is there for nothing.
  absl::Status Prove() {
    absl::flat_hash_set<std::pair<FacetGroup, Digest>> used;
    for (PortableRelease& release : set_.releases) {
      RETURN_IF_ERROR(CheckCancelled());
      absl::StatusOr<v1::ReleaseCounts> counts = ProveRelease(
          release.spec, set_.pages,
          [&](FacetGroup group, const Digest& digest) { used.emplace(group, digest); });
      if (!counts.ok()) return DamagedAsWhole(counts.status().message());
      release.counts = *std::move(counts);
    }
    for (const FacetGroup group : model::kFacetGroups) {
      for (const auto& [digest, text] : set_.pages.of(group)) {
        if (used.contains({group, digest})) continue;
        return DamagedAsWhole(absl::StrCat("no release has the page ",
                                           model::Quoted(text->substr(0, text->find('\n'))), ", ",
                                           model::FormatDigest(digest)));
      }
    }
    return absl::OkStatus();
  }

  const absl::string_view bytes_;
  const std::string name_;
  const std::function<bool()>& cancelled_;
  size_t at_ = 0;
  // Where the line that was read last begins.
  size_t line_at_ = 0;
  std::optional<std::pair<FacetGroup, Digest>> last_page_;
  // Of each release, as it stands in the file.
  std::vector<absl::string_view> descriptions_;
  PortableSet set_;
};

}  // namespace

bool IsPortable(absl::string_view bytes) {
  if (bytes.size() < kPortableMagic.size()) {
    return !bytes.empty() && absl::StartsWith(kPortableMagic, bytes);
  }
  return absl::StartsWith(bytes, kPortableMagic);
}

absl::StatusOr<PortableSet> ReadPortable(absl::string_view bytes, absl::string_view name,
                                         const std::function<bool()>& cancelled) {
  if (bytes.size() > kMaxPortableBytes) {
    return model::MakeError(
        Reason::kLoadTooLarge,
        absl::StrCat(model::CleanName(name), " has ", bytes.size(),
                     " bytes; a portable file has at most ", kMaxPortableBytes));
  }
  return Reader(bytes, name, cancelled).Read();
}

absl::StatusOr<PortableSet> ReadPortableFile(const std::string& path) {
  const std::string name = model::CleanName(path);
  const auto unreadable = [&](absl::string_view why) {
    return model::MakeError(Reason::kSourceUnreadable, absl::StrCat(name, ": ", why),
                            {{"file", name}});
  };
  struct stat there = {};
  if (::stat(path.c_str(), &there) != 0) return unreadable(std::strerror(errno));
  if (!S_ISREG(there.st_mode)) return unreadable("it is no plain file");
  if (static_cast<size_t>(there.st_size) > kMaxPortableBytes) {
    return model::MakeError(
        Reason::kLoadTooLarge,
        absl::StrCat(name, " has ", there.st_size, " bytes; a portable file has at most ",
                     kMaxPortableBytes));
  }
  std::string bytes(static_cast<size_t>(there.st_size), '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    return unreadable("it cannot be read");
  }
  return ReadPortable(bytes, path);
}

}  // namespace codeset::portable
