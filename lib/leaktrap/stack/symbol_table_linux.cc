#include <elf.h>
#include <fcntl.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "leaktrap/stack/symbol_table.h"
#include "leaktrap/stack/unseen_file.h"
#include "leaktrap/system/unseen_calls.h"

namespace leaktrap::internal {
namespace {

// Names are read in pieces of this size until their end is seen.
constexpr size_t kNamePiece = 256;
constexpr size_t kLongestName = 65536;

// `count` things of the type T at `offset`. False if the file does not hold
// them, whatever its headers say.
template <typename T>
bool ReadAll(const UnseenFile& file, uint64_t offset, uint64_t count,
             std::vector<T>* all) {
  const uint64_t size = file.Size();
  if (offset > size || count > (size - offset) / sizeof(T)) return false;
  all->resize(count);
  return file.Read(all->data(), count * sizeof(T), offset);
}

std::vector<ElfW(Shdr)> SectionsOf(const UnseenFile& file) {
  std::vector<ElfW(Ehdr)> header;
  if (!ReadAll(file, 0, 1, &header)) return {};
  const unsigned char word =
      sizeof(void*) == 8 ? static_cast<unsigned char>(ELFCLASS64) : ELFCLASS32;
  if (std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0 ||
      header[0].e_ident[EI_CLASS] != word ||
      header[0].e_shentsize != sizeof(ElfW(Shdr))) {
    return {};
  }
  std::vector<ElfW(Shdr)> sections;
  uint64_t count = header[0].e_shnum;
  if (count == 0) {
    // More than the field can hold: the first section says how many.
    if (!ReadAll(file, header[0].e_shoff, 1, &sections)) return {};
    count = sections[0].sh_size;
  }
  if (!ReadAll(file, header[0].e_shoff, count, &sections)) return {};
  return sections;
}

std::string NameAt(const UnseenFile& file, uint64_t offset) {
  const uint64_t size = file.Size();
  std::string name;
  while (offset < size && name.size() < kLongestName) {
    char piece[kNamePiece];
    const size_t room = std::min<uint64_t>(sizeof(piece), size - offset);
    if (!file.Read(piece, room, offset)) return "";
    const size_t length = strnlen(piece, room);
    name.append(piece, length);
    if (length < room) return name;
    offset += room;
  }
  return "";
}

// Fills in the names that are still empty from one symbol table.
void NameFrom(const UnseenFile& file, const ElfW(Shdr) & table,
              const ElfW(Shdr) & strings, const std::vector<uintptr_t>& offsets,
              std::vector<std::string>* names) {
  std::vector<ElfW(Sym)> symbols;
  if (table.sh_entsize != sizeof(ElfW(Sym)) ||
      !ReadAll(file, table.sh_offset, table.sh_size / table.sh_entsize,
               &symbols)) {
    return;
  }
  for (size_t i = 0; i < offsets.size(); ++i) {
    if (!(*names)[i].empty()) continue;
    for (const ElfW(Sym) & symbol : symbols) {
      const unsigned char type = ELF64_ST_TYPE(symbol.st_info);
      if ((type == STT_FUNC || type == STT_GNU_IFUNC) &&
          symbol.st_shndx != SHN_UNDEF && symbol.st_value <= offsets[i] &&
          offsets[i] - symbol.st_value < symbol.st_size) {
        (*names)[i] = NameAt(file, strings.sh_offset + symbol.st_name);
        break;
      }
    }
  }
}

}  // namespace

std::vector<std::string> FunctionSymbols(
    const std::string& path, const std::vector<uintptr_t>& offsets) {
  std::vector<std::string> names(offsets.size());
  const UnseenFile file(UnseenOpen(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return names;
  const std::vector<ElfW(Shdr)> sections = SectionsOf(file);
  // The full table first: the dynamic one is what stripping leaves of it.
  for (const ElfW(Word) type : {SHT_SYMTAB, SHT_DYNSYM}) {
    for (const ElfW(Shdr) & section : sections) {
      if (section.sh_type != type || section.sh_link >= sections.size()) {
        continue;
      }
      NameFrom(file, section, sections[section.sh_link], offsets, &names);
    }
  }
  return names;
}

}  // namespace leaktrap::internal
