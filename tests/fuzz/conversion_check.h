// What holds of a conversion table, whatever format its rows came in.
//
// Thread-safe: a free function.
#pragma once

#include <string>
#include <vector>

#include "storage/source/table_rows.h"

namespace codeset::fuzz {

// Reads the table of the rows of file `name`. Fails where an error is not declared, or where what
// was read is no table: of codes, days and cells that are read again as they were.
void CheckConversion(const std::string& name, const std::vector<source::TableRow>& rows);

}  // namespace codeset::fuzz
