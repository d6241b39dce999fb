// Order addenda, by themselves and over a base. An input is addenda; or an order file, a line `%%`
// and addenda, which are laid over it; or two order files, of which the addenda are computed,
// written, read and laid over the first.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/model/addenda.h"
#include "storage/source/order_addenda.h"
#include "storage/source/order_file.h"
#include "storage/source/overlay.h"
#include "tests/fuzz/fuzz.h"

namespace codeset {
namespace {

using model::Reason;
using source::NamedAddenda;
using source::Trailer;

constexpr char kName[] = "addenda.txt";

std::string Write(const model::Addenda& addenda) {
  std::string text;
  for (const model::AddendaLine& line : addenda.lines) {
    absl::StrAppend(&text, model::FormatAddendaLine(line), "\r\n");
  }
  return absl::StrCat(text, model::FormatAddendaTrailer(addenda.trailer));
}

// Addenda that differ in no line leave the base as it is; all others must say what does not fit.
void LayOver(const model::OrderFacts& base, const NamedAddenda& addenda) {
  const absl::StatusOr<model::OrderFacts> next = source::LayOver("2026", base, addenda);
  if (!next.ok()) {
    fuzz::ExpectError(next.status(), {Reason::kOverlayDoesNotFit});
    return;
  }
  fuzz::ExpectCanonical(model::FacetGroup::kOrder, model::EncodeOrder(*next));
  // What it comes to has addenda that lead there, too.
  NamedAddenda again{kName, model::ComputeAddenda(base, *next)};
  again.line_numbers.assign(again.addenda.lines.size(), 1);
  const absl::StatusOr<model::OrderFacts> once_more = source::LayOver("2026", base, again);
  fuzz::ExpectOk(once_more.status(), "the addenda of what was laid over do not fit");
  fuzz::Expect(model::ComputeAddenda(*next, *once_more).lines.empty(),
               "the addenda of what was laid over lead elsewhere");
}

void Read(const model::OrderFacts* base, absl::string_view text) {
  const absl::StatusOr<NamedAddenda> strict =
      source::ReadOrderAddenda(kName, text, Trailer::kRequired);
  const absl::StatusOr<NamedAddenda> read =
      source::ReadOrderAddenda(kName, text, Trailer::kOptional);
  if (!strict.ok()) {
    fuzz::ExpectFileError(strict.status(), kName, text, {Reason::kSourceMalformed});
  } else {
    fuzz::ExpectOk(read.status(), "a trailer that may be missing is refused where it is there");
    const absl::StatusOr<model::Addenda> again =
        source::ParseOrderAddenda(kName, Write(strict->addenda));
    fuzz::ExpectOk(again.status(), "what was written of addenda is refused");
    fuzz::Expect(again->lines == strict->addenda.lines &&
                     again->trailer.headers == strict->addenda.trailer.headers &&
                     again->trailer.codes == strict->addenda.trailer.codes,
                 "addenda are read otherwise when written again");
  }
  if (!read.ok()) {
    fuzz::ExpectFileError(read.status(), kName, text, {Reason::kSourceMalformed});
    return;
  }
  fuzz::Expect(read->line_numbers.size() == read->addenda.lines.size(), "lines without numbers");
  if (base != nullptr) LayOver(*base, *read);
}

void Compare(const model::OrderFacts& base, const model::OrderFacts& next) {
  model::Addenda computed = model::ComputeAddenda(base, next);
  computed.trailer.old_file = "base";
  computed.trailer.new_file = "next";
  const absl::StatusOr<NamedAddenda> read =
      source::ReadOrderAddenda(kName, Write(computed), Trailer::kRequired);
  fuzz::ExpectOk(read.status(), "computed addenda are refused");
  fuzz::Expect(read->addenda.lines == computed.lines, "computed addenda are read otherwise");
  const absl::StatusOr<model::OrderFacts> laid_over = source::LayOver("2026", base, *read);
  if (!laid_over.ok()) {
    // Rows may have changed places, and edits of white space are in no addenda.
    fuzz::ExpectError(laid_over.status(), {Reason::kOverlayDoesNotFit});
    return;
  }
  fuzz::Expect(model::ComputeAddenda(*laid_over, next).lines.empty(),
               "addenda laid over the base do not give what they were computed of");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<fuzz::Part> parts = fuzz::SplitParts(fuzz::TextOf(data, size));
  if (parts.size() == 1) {
    Read(nullptr, parts[0].text);
    return 0;
  }
  const absl::StatusOr<model::OrderFacts> base = source::ParseOrderFile("base", parts[0].text);
  if (!base.ok()) return 0;
  if (const auto next = source::ParseOrderFile("next", parts[1].text); next.ok()) {
    Compare(*base, *next);
  } else {
    Read(&*base, parts[1].text);
  }
  return 0;
}

}  // namespace codeset
