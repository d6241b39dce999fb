#include "server/reference_check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/source_check.h"
#include "server/verification_status.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

using google::protobuf::RepeatedPtrField;

constexpr size_t kMaxText = size_t{64} << 10;
constexpr size_t kMaxTitle = 500;
constexpr size_t kMaxName = 200;
constexpr size_t kMaxShort = 64;
constexpr size_t kMaxReason = 2000;
constexpr int kMaxItems = 200;
constexpr int kMaxProcedures = 500;
constexpr int kMaxSources = 100;
constexpr int kMaxOtherSources = 20;
constexpr size_t kMaxItemId = 64;

// Texts with a dotted code in them, for instance `M99.86`: a letter, two letters or digits of
// which one is a digit, a dot and one to four letters or digits. Without a dot words and codes
// cannot be told apart.
std::vector<std::string> DottedCodesIn(absl::string_view text) {
  std::vector<std::string> found;
  for (size_t dot = text.find('.'); dot != absl::string_view::npos; dot = text.find('.', dot + 1)) {
    if (dot < model::kCategoryLength) continue;
    const size_t begin = dot - model::kCategoryLength;
    if (begin > 0 && absl::ascii_isalnum(text[begin - 1])) continue;
    size_t end = dot + 1;
    while (end < text.size() && absl::ascii_isalnum(text[end])) ++end;
    const absl::string_view word = text.substr(begin, end - begin);
    if (end - dot < 2 || !absl::ascii_isupper(word[0])) continue;
    if (!absl::ascii_isdigit(word[1]) && !absl::ascii_isdigit(word[2])) continue;
    if (model::ParseCode(word).ok()) found.emplace_back(word);
  }
  return found;
}

// Whether a code stands in a text, not as a part of a longer one.
bool Names(absl::string_view text, absl::string_view code) {
  const auto continues = [](char c) { return absl::ascii_isalnum(c); };
  for (size_t at = text.find(code); at != absl::string_view::npos; at = text.find(code, at + 1)) {
    const size_t end = at + code.size();
    if (at > 0 && continues(text[at - 1])) continue;
    if (end == text.size()) return true;
    if (continues(text[end])) continue;
    if (text[end] == '.' && end + 1 < text.size() && continues(text[end + 1])) continue;
    return true;
  }
  return false;
}

}  // namespace

// The page at hand.
struct ReferenceChecker::Page {
  const std::string prefix;
  v1::Reference& page;
  RequestCheck& check;
  std::vector<v1::ImportWarning>& warnings;
  std::set<std::string> item_ids;

  std::string Field(absl::string_view name) const { return absl::StrCat(prefix, name); }
  void Warn(absl::string_view field, absl::string_view text) {
    v1::ImportWarning& warning = warnings.emplace_back();
    warning.set_field(std::string(field));
    warning.set_text(std::string(text));
  }
};

ReferenceChecker::ReferenceChecker(const Backend& backend, const OpenRelease& open)
    : backend_(backend), open_(open), editions_(EditionsOf(backend, *open.catalog, open.today)) {}

std::string ReferenceChecker::ReleaseWith(absl::string_view code) {
  const auto known = elsewhere_.find(std::string(code));
  if (known != elsewhere_.end()) return known->second;
  absl::Status unread;
  const auto& releases = open_.catalog->releases();
  for (auto release = releases.rbegin(); release != releases.rend(); ++release) {
    const std::string id = release->id.ToString();
    const absl::StatusOr<std::shared_ptr<const image::Image>> image =
        backend_.store.GetImage(*open_.catalog, id, open_.today);
    if (image.ok()) {
      if ((*image)->Find(code).has_value()) return elsewhere_[std::string(code)] = id;
    } else if (unread.ok()) {
      unread = model::MakeError(model::ReasonOf(image.status()).value_or(model::Reason::kInternal),
                                absl::StrCat("whether a release has code ", model::DottedCode(code),
                                             " cannot be told, since release ", id,
                                             " cannot be read: ", image.status().message()),
                                {{"release", id}});
    }
  }
  if (unread.ok()) return elsewhere_[std::string(code)] = "";
  unread_ = std::move(unread);
  return "";
}

void ReferenceChecker::CheckCode(Page& page) {
  if (page.page.code().empty()) {
    page.check.Fail(page.Field("code"), "it is required");
    return;
  }
  const std::string code = page.check.Code(page.Field("code"), page.page.code());
  if (code.empty()) return;
  page.page.set_code(model::DottedCode(code));
  if (open_.image->Find(code).has_value()) return;
  const std::string elsewhere = ReleaseWith(code);
  page.check.Fail(
      page.Field("code"),
      absl::StrCat("release ", open_.image->release_id(), " has no code ", page.page.code(),
                   elsewhere.empty() ? ", nor has any other that is loaded"
                                     : absl::StrCat("; release ", elsewhere,
                                                    " has it, import against that one")));
}

void ReferenceChecker::CheckLinks(Page& page, const std::string& prefix, absl::string_view text,
                                  RepeatedPtrField<v1::CodeLink>& links) {
  std::set<std::string> linked;
  for (int i = 0; i < links.size(); ++i) {
    const std::string field = absl::StrCat(prefix, "links[", i, "].code");
    const std::string code = page.check.Code(field, links[i].code());
    if (code.empty()) continue;
    const std::string id = model::DottedCode(code);
    links[i].set_code(id);
    if (!linked.insert(id).second) {
      page.check.Fail(field, absl::StrCat(id, " is linked already"));
    } else if (!Names(text, id)) {
      page.check.Fail(field, absl::StrCat(id, " does not stand in the text"));
    } else if (!open_.image->Find(code).has_value()) {
      const std::string elsewhere = ReleaseWith(code);
      if (elsewhere.empty()) {
        page.check.Fail(field, absl::StrCat("no release that is loaded has a code ", id));
      } else {
        page.Warn(field, absl::StrCat("release ", open_.image->release_id(), " has no code ", id,
                                      "; release ", elsewhere, " has it"));
      }
    }
  }
  std::set<std::string> told;
  for (const std::string& word : DottedCodesIn(text)) {
    if (linked.count(word) > 0 || word == page.page.code() || !told.insert(word).second) continue;
    page.Warn(absl::StrCat(prefix, "links"),
              absl::StrCat("the text names ", word, ", which is no link"));
  }
}

void ReferenceChecker::CheckProvenance(Page& page, absl::string_view name,
                                       const v1::Provenance& provenance) {
  const std::string prefix = absl::StrCat(page.prefix, name, ".provenance.");
  std::set<int> numbers;
  for (int i = 0; i < provenance.source_numbers_size(); ++i) {
    const int number = provenance.source_numbers(i);
    const std::string field = absl::StrCat(prefix, "source_numbers[", i, "]");
    if (number < 1 || number > page.page.sources_size()) {
      page.check.Fail(field, absl::StrCat("the page has no source ", number));
    } else if (!numbers.insert(number).second) {
      page.check.Fail(field, absl::StrCat("source ", number, " is there already"));
    }
  }
  if (provenance.other_sources_size() > kMaxOtherSources) {
    page.check.Fail(absl::StrCat(prefix, "other_sources"),
                    absl::StrCat("at most ", kMaxOtherSources, " are taken"));
  }
  for (int i = 0; i < std::min(provenance.other_sources_size(), kMaxOtherSources); ++i) {
    CheckRequired(page.check, absl::StrCat(prefix, "other_sources[", i, "]"),
                  provenance.other_sources(i), kMaxTitle);
  }
  if (!v1::Making_IsValid(provenance.making())) {
    page.check.Fail(absl::StrCat(prefix, "making"),
                    absl::StrCat(static_cast<int>(provenance.making()), " is no making"));
  }
}

void ReferenceChecker::CheckItemId(Page& page, absl::string_view field, absl::string_view id) {
  const bool well_formed =
      !id.empty() && id.size() <= kMaxItemId && std::all_of(id.begin(), id.end(), [](char c) {
        return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
      });
  if (!well_formed) {
    page.check.Fail(field, absl::StrCat("an item's id is 1 to ", kMaxItemId,
                                        " lower-case letters, digits and hyphens"));
  } else if (!page.item_ids.insert(std::string(id)).second) {
    page.check.Fail(field, absl::StrCat("another item of the page has the id '", id, "'"));
  }
}

void ReferenceChecker::CheckBlock(Page& page, absl::string_view name, v1::TextBlock& block) {
  const std::string prefix = absl::StrCat(page.prefix, name, ".");
  CheckRequired(page.check, absl::StrCat(prefix, "text"), block.text(), kMaxText, Lines::kMany);
  CheckLinks(page, prefix, block.text(), *block.mutable_links());
  CheckProvenance(page, name, block.provenance());
}

void ReferenceChecker::CheckTexts(Page& page, absl::string_view name, v1::TextSection& section) {
  CheckProvenance(page, name, section.provenance());
  if (section.items_size() > kMaxItems) {
    page.check.Fail(absl::StrCat(page.prefix, name, ".items"),
                    absl::StrCat("at most ", kMaxItems, " are taken"));
    return;
  }
  for (int i = 0; i < section.items_size(); ++i) {
    v1::TextItem& item = *section.mutable_items(i);
    const std::string prefix = absl::StrCat(page.prefix, name, ".items[", i, "].");
    CheckItemId(page, absl::StrCat(prefix, "id"), item.id());
    CheckRequired(page.check, absl::StrCat(prefix, "text"), item.text(), kMaxText, Lines::kMany);
    CheckLinks(page, prefix, item.text(), *item.mutable_links());
  }
}

void ReferenceChecker::CheckQuestions(Page& page, v1::QuestionSection& section) {
  CheckProvenance(page, "questions", section.provenance());
  if (section.items_size() > kMaxItems) {
    page.check.Fail(page.Field("questions.items"),
                    absl::StrCat("at most ", kMaxItems, " are taken"));
    return;
  }
  for (int i = 0; i < section.items_size(); ++i) {
    v1::Question& item = *section.mutable_items(i);
    const std::string prefix = absl::StrCat(page.prefix, "questions.items[", i, "].");
    CheckItemId(page, absl::StrCat(prefix, "id"), item.id());
    CheckRequired(page.check, absl::StrCat(prefix, "question"), item.question(), kMaxText,
                  Lines::kMany);
    if (item.has_answer()) {
      CheckRequired(page.check, absl::StrCat(prefix, "answer"), item.answer(), kMaxText,
                    Lines::kMany);
    }
    CheckLinks(page, prefix, absl::StrCat(item.question(), "\n", item.answer()),
               *item.mutable_links());
  }
}

void ReferenceChecker::CheckProcedures(Page& page, const v1::ProcedureSection& section) {
  CheckProvenance(page, "related_procedures", section.provenance());
  if (section.items_size() > kMaxProcedures) {
    page.check.Fail(page.Field("related_procedures.items"),
                    absl::StrCat("at most ", kMaxProcedures, " are taken"));
    return;
  }
  for (int i = 0; i < section.items_size(); ++i) {
    const v1::RelatedProcedure& item = section.items(i);
    const std::string prefix = absl::StrCat(page.prefix, "related_procedures.items[", i, "].");
    CheckItemId(page, absl::StrCat(prefix, "id"), item.id());
    CheckRequired(page.check, absl::StrCat(prefix, "system"), item.system(), kMaxShort);
    CheckRequired(page.check, absl::StrCat(prefix, "code"), item.code(), kMaxShort);
    CheckLength(page.check, absl::StrCat(prefix, "edition"), item.edition(), kMaxShort);
    CheckLength(page.check, absl::StrCat(prefix, "reason"), item.reason(), kMaxReason,
                Lines::kMany);
    CheckLength(page.check, absl::StrCat(prefix, "code_descriptor"), item.code_descriptor(),
                kMaxReason, Lines::kMany);
  }
}

void ReferenceChecker::CheckSource(Page& page, int i) {
  const v1::Source& source = page.page.sources(i);
  const std::string prefix = absl::StrCat(page.prefix, "sources[", i, "].");
  if (source.number() != i + 1) {
    page.check.Fail(
        absl::StrCat(prefix, "number"),
        absl::StrCat("sources are numbered as they stand: ", i + 1, ", not ", source.number()));
  }
  CheckRequired(page.check, absl::StrCat(prefix, "title"), source.title(), kMaxTitle);
  CheckLength(page.check, absl::StrCat(prefix, "publisher"), source.publisher(), kMaxName);
  CheckUrl(page.check, absl::StrCat(prefix, "url"), source.url());
  CheckPastDay(page.check, absl::StrCat(prefix, "accessed_on"), source.accessed_on(), open_.today);
  const model::SourceEdition* const edition =
      CheckEdition(page.check, prefix, source.kind(), source.series(), source.edition(), editions_);
  const std::string effective = absl::StrCat(prefix, "effective_date");
  if (edition == nullptr) {
    CheckPastDay(page.check, effective, source.effective_date(), open_.today);
  } else if (!source.effective_date().empty() &&
             source.effective_date() != model::FormatDate(edition->effective)) {
    page.check.Fail(effective,
                    absl::StrCat("edition ", source.edition(), " of ", edition->ref.series,
                                 " applies from ", model::FormatDate(edition->effective), ", not ",
                                 ShownText(source.effective_date())));
  }
}

void ReferenceChecker::CheckSources(Page& page) {
  if (page.page.sources_size() > kMaxSources) {
    page.check.Fail(page.Field("sources"), absl::StrCat("at most ", kMaxSources, " are taken"));
    return;
  }
  for (int i = 0; i < page.page.sources_size(); ++i) CheckSource(page, i);
}

absl::Status ReferenceChecker::Check(absl::string_view prefix, v1::Reference& reference,
                                     RequestCheck& check,
                                     std::vector<v1::ImportWarning>& warnings) {
  unread_ = absl::OkStatus();
  Page page{std::string(prefix), reference, check, warnings, {}};
  if (const size_t bytes = reference.ByteSizeLong(); bytes > kMaxPageBytes) {
    check.Fail(page.Field("code"),
               absl::StrCat("the page of '", ShownText(reference.code()), "' has ", bytes,
                            " bytes; ", kMaxPageBytes, " are taken at most"));
    return absl::OkStatus();
  }
  CheckCode(page);
  if (reference.state() == v1::REFERENCE_STATE_UNSPECIFIED ||
      !v1::ReferenceState_IsValid(reference.state())) {
    check.Fail(page.Field("state"), "it is required: DRAFT, REVIEWED, PUBLISHED or WITHDRAWN");
  }
  CheckLength(check, page.Field("author"), reference.author(), kMaxName);
  if (reference.has_summary()) CheckBlock(page, "summary", *reference.mutable_summary());
  if (reference.has_body_region()) {
    CheckBlock(page, "body_region", *reference.mutable_body_region());
  }
  if (reference.has_documentation_tips()) {
    CheckTexts(page, "documentation_tips", *reference.mutable_documentation_tips());
  }
  if (reference.has_common_pitfalls()) {
    CheckTexts(page, "common_pitfalls", *reference.mutable_common_pitfalls());
  }
  if (reference.has_clinical_context()) {
    CheckTexts(page, "clinical_context", *reference.mutable_clinical_context());
  }
  if (reference.has_questions()) CheckQuestions(page, *reference.mutable_questions());
  if (reference.has_capture_prompts()) {
    CheckTexts(page, "capture_prompts", *reference.mutable_capture_prompts());
  }
  if (reference.has_related_procedures()) {
    CheckProcedures(page, reference.related_procedures());
  }
  CheckSources(page);
  return unread_;
}

}  // namespace codeset::server
