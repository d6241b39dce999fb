// Order files: what was read is written again and read equal, has a canonical form, differs from
// itself in nothing, and stays as it is under addenda that change nothing.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/model/addenda.h"
#include "storage/source/order_file.h"
#include "storage/source/overlay.h"
#include "tests/fuzz/fuzz.h"

namespace codeset {
namespace {

constexpr char kName[] = "order.txt";

std::string Write(const model::OrderFacts& facts) {
  std::string text;
  int number = 0;
  for (const model::OrderRow& row : facts.rows) {
    absl::StrAppendFormat(&text, "%05d %-7s %d %-60s %s\r\n", ++number, row.code,
                          row.billable ? 1 : 0, row.short_title, row.long_title);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = fuzz::TextOf(data, size);
  const absl::StatusOr<model::OrderFacts> facts = source::ParseOrderFile(kName, text);
  if (!facts.ok()) {
    return fuzz::ExpectFileError(facts.status(), kName, text, {model::Reason::kSourceMalformed});
  }
  fuzz::Expect(!facts->rows.empty(), "a file without rows was taken");
  const absl::StatusOr<model::OrderFacts> again = source::ParseOrderFile(kName, Write(*facts));
  fuzz::ExpectOk(again.status(), "what was written of an order file is refused");
  fuzz::Expect(again->rows == facts->rows, "an order file is read otherwise when written again");
  fuzz::ExpectCanonical(model::FacetGroup::kOrder, model::EncodeOrder(*facts));
  fuzz::Expect(model::ComputeAddenda(*facts, *again).lines.empty(), "it differs from itself");
  const absl::StatusOr<model::OrderFacts> laid_over =
      source::LayOver("2026", *facts, source::NamedAddenda{"addenda.txt", {}});
  if (laid_over.ok()) {
    fuzz::Expect(laid_over->rows == facts->rows, "addenda without lines change something");
  } else {
    fuzz::ExpectError(laid_over.status(), {model::Reason::kOverlayDoesNotFit});
  }
  return 0;
}

}  // namespace codeset
