#include "client/codesetctl/event_id.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/digest.h"

namespace codeset::ctl {
namespace {

constexpr std::size_t kDigestBytes = 8;

// Adds a part with its length before it, so that parts cannot run into each other.
void AddPart(absl::string_view part, std::string* text) {
  absl::StrAppend(text, part.size(), ":", part, ";");
}

}  // namespace

std::string MakeEventId(const v1::NewVerification& event) {
  std::vector<int> sections(event.scope().sections().begin(), event.scope().sections().end());
  std::vector<std::string> items(event.scope().item_ids().begin(), event.scope().item_ids().end());
  std::sort(sections.begin(), sections.end());
  std::sort(items.begin(), items.end());
  std::string text;
  AddPart(event.code(), &text);
  AddPart(absl::StrCat(event.revision()), &text);
  AddPart(event.date(), &text);
  AddPart(event.verifier(), &text);
  AddPart(absl::StrCat(sections.size()), &text);
  for (const int section : sections) AddPart(absl::StrCat(section), &text);
  AddPart(absl::StrCat(items.size()), &text);
  for (const std::string& item : items) AddPart(item, &text);
  AddPart(absl::StrCat(static_cast<int>(event.outcome())), &text);
  AddPart(absl::StrCat(event.corrected_revision()), &text);
  AddPart(event.corrects_id(), &text);
  AddPart(event.release().release(), &text);
  return absl::StrCat(event.code(), "/r", event.revision(), "/", event.date(), "/",
                      absl::BytesToHexString(model::DigestOf(text).view().substr(0, kDigestBytes)));
}

}  // namespace codeset::ctl
