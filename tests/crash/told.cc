#include "tests/crash/told.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace codeset::crash {

std::string EventLine(v1::ReleaseEvent event) {
  if (event.kind() == v1::RELEASE_EVENT_KIND_ACTIVATED ||
      event.kind() == v1::RELEASE_EVENT_KIND_OVERDUE) {
    return "";
  }
  event.clear_occurred_at();
  return absl::StrCat("event ", event.ShortDebugString());
}

std::string VerificationLine(const v1::Verification& verification) {
  const v1::NewVerification& event = verification.event();
  return absl::StrCat("verification ", verification.number(), " of ", event.code(), ": ",
                      event.id(), " of revision ", event.revision(), " against ",
                      verification.release_id(), " ", verification.release_fingerprint());
}

std::string ReleaseLine(const v1::Release& release, const std::string& activate_on,
                        v1::AddendaOutcome addenda) {
  std::string line = absl::StrCat(
      "release ", release.id(), " from ", release.effective_date(), " is ", release.fingerprint(),
      ", ", release.counts().order_rows(), " rows, ", release.sources_size(),
      " files, held back until '", activate_on, "', ", v1::AddendaOutcome_Name(addenda));
  for (const v1::FacetGroupFingerprint& group : release.facet_groups()) {
    absl::StrAppend(&line, ", ", v1::FacetGroup_Name(group.group()), " ", group.fingerprint());
  }
  return line;
}

const v1::Release& ReleaseOf(const Contents& contents, const std::string& id, size_t parts) {
  return contents.Get(id).releases.at(parts - 1);
}

v1::AddendaOutcome AddendaNow(const Told& told, const Contents& contents, const std::string& id) {
  const Content& content = contents.Get(id);
  // Not told apart.
  if (content.addenda_vary) return v1::ADDENDA_OUTCOME_UNSPECIFIED;
  if (content.addenda_base.empty()) return v1::ADDENDA_OUTCOME_NO_ADDENDA;
  return told.releases.contains(content.addenda_base) ? v1::ADDENDA_OUTCOME_REPRODUCED
                                                      : v1::ADDENDA_OUTCOME_BASE_NOT_LOADED;
}

std::vector<std::string> Lines(const Told& told, const Contents& contents) {
  std::vector<std::string> lines;
  for (const auto& [id, release] : told.releases) {
    lines.push_back(
        ReleaseLine(ReleaseOf(contents, id, release.parts), release.activate_on, release.addenda));
  }
  for (const auto& [name, label] : told.labels) {
    lines.push_back(absl::StrCat("label ", name, " is ", label.release_id,
                                 label.exact ? " exact" : "", ", was '", label.previous_release_id,
                                 label.previous_exact ? " exact" : "", "', by ", label.by));
  }
  for (const std::string& event : told.events) lines.push_back(event);
  for (const auto& [code, digests] : told.pages) {
    for (size_t i = 0; i < digests.size(); ++i) {
      lines.push_back(absl::StrCat("page ", code, " revision ", i + 1, " is ", digests[i]));
    }
    lines.push_back(absl::StrCat("page ", code, " has the words of ", digests.back()));
  }
  for (const auto& [code, verifications] : told.verifications) {
    for (const std::string& verification : verifications) lines.push_back(verification);
  }
  return lines;
}

std::string BackupLine(const std::vector<std::string>& release_fingerprints, int64_t labels,
                       int64_t pages, int64_t verifications) {
  return absl::StrCat("backup of ", absl::StrJoin(release_fingerprints, ", "), "; ", labels,
                      " labels, ", pages, " pages, ", verifications, " verifications");
}

std::vector<std::string> BackupLines(const Told& told, const Contents& contents) {
  std::vector<std::string> lines;
  for (const std::shared_ptr<const Told>& backup : told.backups) {
    std::vector<std::string> fingerprints;
    for (const auto& [id, release] : backup->releases) {
      fingerprints.push_back(
          absl::StrCat(id, " ", ReleaseOf(contents, id, release.parts).fingerprint()));
    }
    int64_t verifications = 0;
    for (const auto& [code, events] : backup->verifications) {
      verifications += static_cast<int64_t>(events.size());
    }
    lines.push_back(BackupLine(fingerprints, static_cast<int64_t>(backup->labels.size()),
                               static_cast<int64_t>(backup->pages.size()), verifications));
  }
  return lines;
}

std::string Differences(const std::vector<std::string>& expected,
                        const std::vector<std::string>& found) {
  std::string text;
  const auto add = [&](const char* what, const std::vector<std::string>& lines,
                       std::vector<std::string> others) {
    for (const std::string& line : lines) {
      const auto other = std::find(others.begin(), others.end(), line);
      if (other == others.end()) {
        absl::StrAppend(&text, "\n    ", what, " ", line);
      } else {
        // So that what is there twice has to be there twice.
        others.erase(other);
      }
    }
  };
  add("missing:", expected, found);
  add("unasked:", found, expected);
  if (text.empty() && expected != found) text = "\n    the order differs";
  return text;
}

}  // namespace codeset::crash
