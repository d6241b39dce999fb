// What a server has been told, kept by a test beside it, and what it should answer for that.
//
// Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "codeset/v1/label.pb.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/verification.pb.h"
#include "tests/crash/contents.h"

namespace codeset::crash {

// A release that is loaded.
struct ToldRelease {
  // How many of its parts, at least one.
  size_t parts = 0;
  // Until when it is held back; empty where it is not.
  std::string activate_on;
  // What came of its addenda when that was last looked at.
  v1::AddendaOutcome addenda = v1::ADDENDA_OUTCOME_NO_ADDENDA;
};

// A label.
struct ToldLabel {
  std::string release_id;
  bool exact = false;
  std::string previous_release_id;
  bool previous_exact = false;
  std::string by;
};

// See above.
struct Told {
  std::map<std::string, ToldRelease> releases;
  std::map<std::string, ToldLabel> labels;
  // What EventLine says of each event, but for those that come about by themselves.
  std::vector<std::string> events;
  // Of each code the digests of the revisions of its page.
  std::map<std::string, std::vector<std::string>> pages;
  // Of each code what VerificationLine says of its verifications.
  std::map<std::string, std::vector<std::string>> verifications;
  std::map<std::string, int64_t> usage;
  // What had been told when each backup of the folder was made, oldest first.
  std::vector<std::shared_ptr<const Told>> backups;
};

// An event in a line, without its time; empty for one that came about by itself.
std::string EventLine(v1::ReleaseEvent event);

// A verification in a line.
std::string VerificationLine(const v1::Verification& verification);

// A release in a line, as it is told by itself. `held` and `addenda` stand for what a release is
// told otherwise than once before.
std::string ReleaseLine(const v1::Release& release, const std::string& activate_on,
                        v1::AddendaOutcome addenda);

// What each release is, has been and is called, and all else that a server answers, in lines. Usage
// counts and backups are not among them.
std::vector<std::string> Lines(const Told& told, const Contents& contents);

// What is in its backups, a line each.
std::vector<std::string> BackupLines(const Told& told, const Contents& contents);
std::string BackupLine(const std::vector<std::string>& release_fingerprints, int64_t labels,
                       int64_t pages, int64_t verifications);

// What is in one and not in the other, for people; empty where there is nothing.
std::string Differences(const std::vector<std::string>& expected,
                        const std::vector<std::string>& found);

// The release as it is when so many of its parts are loaded.
const v1::Release& ReleaseOf(const Contents& contents, const std::string& id, size_t parts);

// What is found of its addenda, when it is looked at now.
v1::AddendaOutcome AddendaNow(const Told& told, const Contents& contents, const std::string& id);

}  // namespace codeset::crash
