/// The Huffman code of RFC 7541 Appendix B: for each byte its code, right-aligned, and the length in bits.
///
/// The last entry is EOS, whose longest prefixes pad the last byte.
enum HuffmanCode {
  /// One symbol's code.
  struct Code {
    let bits: UInt32
    let length: UInt8

    init(_ bits: UInt32, _ length: UInt8) {
      self.bits = bits
      self.length = length
    }
  }

  // swift-format-ignore
  static let codes: [Code] = [
    Code(0x1ff8, 13),  // 0
    Code(0x7fffd8, 23),  // 1
    Code(0xfffffe2, 28),  // 2
    Code(0xfffffe3, 28),  // 3
    Code(0xfffffe4, 28),  // 4
    Code(0xfffffe5, 28),  // 5
    Code(0xfffffe6, 28),  // 6
    Code(0xfffffe7, 28),  // 7
    Code(0xfffffe8, 28),  // 8
    Code(0xffffea, 24),  // 9
    Code(0x3ffffffc, 30),  // 10
    Code(0xfffffe9, 28),  // 11
    Code(0xfffffea, 28),  // 12
    Code(0x3ffffffd, 30),  // 13
    Code(0xfffffeb, 28),  // 14
    Code(0xfffffec, 28),  // 15
    Code(0xfffffed, 28),  // 16
    Code(0xfffffee, 28),  // 17
    Code(0xfffffef, 28),  // 18
    Code(0xffffff0, 28),  // 19
    Code(0xffffff1, 28),  // 20
    Code(0xffffff2, 28),  // 21
    Code(0x3ffffffe, 30),  // 22
    Code(0xffffff3, 28),  // 23
    Code(0xffffff4, 28),  // 24
    Code(0xffffff5, 28),  // 25
    Code(0xffffff6, 28),  // 26
    Code(0xffffff7, 28),  // 27
    Code(0xffffff8, 28),  // 28
    Code(0xffffff9, 28),  // 29
    Code(0xffffffa, 28),  // 30
    Code(0xffffffb, 28),  // 31
    Code(0x14, 6),  // 32
    Code(0x3f8, 10),  // 33 '!'
    Code(0x3f9, 10),  // 34 '"'
    Code(0xffa, 12),  // 35 '#'
    Code(0x1ff9, 13),  // 36 '$'
    Code(0x15, 6),  // 37 '%'
    Code(0xf8, 8),  // 38 '&'
    Code(0x7fa, 11),  // 39 '''
    Code(0x3fa, 10),  // 40 '('
    Code(0x3fb, 10),  // 41 ')'
    Code(0xf9, 8),  // 42 '*'
    Code(0x7fb, 11),  // 43 '+'
    Code(0xfa, 8),  // 44 ','
    Code(0x16, 6),  // 45 '-'
    Code(0x17, 6),  // 46 '.'
    Code(0x18, 6),  // 47 '/'
    Code(0x0, 5),  // 48 '0'
    Code(0x1, 5),  // 49 '1'
    Code(0x2, 5),  // 50 '2'
    Code(0x19, 6),  // 51 '3'
    Code(0x1a, 6),  // 52 '4'
    Code(0x1b, 6),  // 53 '5'
    Code(0x1c, 6),  // 54 '6'
    Code(0x1d, 6),  // 55 '7'
    Code(0x1e, 6),  // 56 '8'
    Code(0x1f, 6),  // 57 '9'
    Code(0x5c, 7),  // 58 ':'
    Code(0xfb, 8),  // 59 ';'
    Code(0x7ffc, 15),  // 60 '<'
    Code(0x20, 6),  // 61 '='
    Code(0xffb, 12),  // 62 '>'
    Code(0x3fc, 10),  // 63 '?'
    Code(0x1ffa, 13),  // 64 '@'
    Code(0x21, 6),  // 65 'A'
    Code(0x5d, 7),  // 66 'B'
    Code(0x5e, 7),  // 67 'C'
    Code(0x5f, 7),  // 68 'D'
    Code(0x60, 7),  // 69 'E'
    Code(0x61, 7),  // 70 'F'
    Code(0x62, 7),  // 71 'G'
    Code(0x63, 7),  // 72 'H'
    Code(0x64, 7),  // 73 'I'
    Code(0x65, 7),  // 74 'J'
    Code(0x66, 7),  // 75 'K'
    Code(0x67, 7),  // 76 'L'
    Code(0x68, 7),  // 77 'M'
    Code(0x69, 7),  // 78 'N'
    Code(0x6a, 7),  // 79 'O'
    Code(0x6b, 7),  // 80 'P'
    Code(0x6c, 7),  // 81 'Q'
    Code(0x6d, 7),  // 82 'R'
    Code(0x6e, 7),  // 83 'S'
    Code(0x6f, 7),  // 84 'T'
    Code(0x70, 7),  // 85 'U'
    Code(0x71, 7),  // 86 'V'
    Code(0x72, 7),  // 87 'W'
    Code(0xfc, 8),  // 88 'X'
    Code(0x73, 7),  // 89 'Y'
    Code(0xfd, 8),  // 90 'Z'
    Code(0x1ffb, 13),  // 91 '['
    Code(0x7fff0, 19),  // 92 '\'
    Code(0x1ffc, 13),  // 93 ']'
    Code(0x3ffc, 14),  // 94 '^'
    Code(0x22, 6),  // 95 '_'
    Code(0x7ffd, 15),  // 96 '`'
    Code(0x3, 5),  // 97 'a'
    Code(0x23, 6),  // 98 'b'
    Code(0x4, 5),  // 99 'c'
    Code(0x24, 6),  // 100 'd'
    Code(0x5, 5),  // 101 'e'
    Code(0x25, 6),  // 102 'f'
    Code(0x26, 6),  // 103 'g'
    Code(0x27, 6),  // 104 'h'
    Code(0x6, 5),  // 105 'i'
    Code(0x74, 7),  // 106 'j'
    Code(0x75, 7),  // 107 'k'
    Code(0x28, 6),  // 108 'l'
    Code(0x29, 6),  // 109 'm'
    Code(0x2a, 6),  // 110 'n'
    Code(0x7, 5),  // 111 'o'
    Code(0x2b, 6),  // 112 'p'
    Code(0x76, 7),  // 113 'q'
    Code(0x2c, 6),  // 114 'r'
    Code(0x8, 5),  // 115 's'
    Code(0x9, 5),  // 116 't'
    Code(0x2d, 6),  // 117 'u'
    Code(0x77, 7),  // 118 'v'
    Code(0x78, 7),  // 119 'w'
    Code(0x79, 7),  // 120 'x'
    Code(0x7a, 7),  // 121 'y'
    Code(0x7b, 7),  // 122 'z'
    Code(0x7ffe, 15),  // 123 '{'
    Code(0x7fc, 11),  // 124 '|'
    Code(0x3ffd, 14),  // 125 '}'
    Code(0x1ffd, 13),  // 126 '~'
    Code(0xffffffc, 28),  // 127
    Code(0xfffe6, 20),  // 128
    Code(0x3fffd2, 22),  // 129
    Code(0xfffe7, 20),  // 130
    Code(0xfffe8, 20),  // 131
    Code(0x3fffd3, 22),  // 132
    Code(0x3fffd4, 22),  // 133
    Code(0x3fffd5, 22),  // 134
    Code(0x7fffd9, 23),  // 135
    Code(0x3fffd6, 22),  // 136
    Code(0x7fffda, 23),  // 137
    Code(0x7fffdb, 23),  // 138
    Code(0x7fffdc, 23),  // 139
    Code(0x7fffdd, 23),  // 140
    Code(0x7fffde, 23),  // 141
    Code(0xffffeb, 24),  // 142
    Code(0x7fffdf, 23),  // 143
    Code(0xffffec, 24),  // 144
    Code(0xffffed, 24),  // 145
    Code(0x3fffd7, 22),  // 146
    Code(0x7fffe0, 23),  // 147
    Code(0xffffee, 24),  // 148
    Code(0x7fffe1, 23),  // 149
    Code(0x7fffe2, 23),  // 150
    Code(0x7fffe3, 23),  // 151
    Code(0x7fffe4, 23),  // 152
    Code(0x1fffdc, 21),  // 153
    Code(0x3fffd8, 22),  // 154
    Code(0x7fffe5, 23),  // 155
    Code(0x3fffd9, 22),  // 156
    Code(0x7fffe6, 23),  // 157
    Code(0x7fffe7, 23),  // 158
    Code(0xffffef, 24),  // 159
    Code(0x3fffda, 22),  // 160
    Code(0x1fffdd, 21),  // 161
    Code(0xfffe9, 20),  // 162
    Code(0x3fffdb, 22),  // 163
    Code(0x3fffdc, 22),  // 164
    Code(0x7fffe8, 23),  // 165
    Code(0x7fffe9, 23),  // 166
    Code(0x1fffde, 21),  // 167
    Code(0x7fffea, 23),  // 168
    Code(0x3fffdd, 22),  // 169
    Code(0x3fffde, 22),  // 170
    Code(0xfffff0, 24),  // 171
    Code(0x1fffdf, 21),  // 172
    Code(0x3fffdf, 22),  // 173
    Code(0x7fffeb, 23),  // 174
    Code(0x7fffec, 23),  // 175
    Code(0x1fffe0, 21),  // 176
    Code(0x1fffe1, 21),  // 177
    Code(0x3fffe0, 22),  // 178
    Code(0x1fffe2, 21),  // 179
    Code(0x7fffed, 23),  // 180
    Code(0x3fffe1, 22),  // 181
    Code(0x7fffee, 23),  // 182
    Code(0x7fffef, 23),  // 183
    Code(0xfffea, 20),  // 184
    Code(0x3fffe2, 22),  // 185
    Code(0x3fffe3, 22),  // 186
    Code(0x3fffe4, 22),  // 187
    Code(0x7ffff0, 23),  // 188
    Code(0x3fffe5, 22),  // 189
    Code(0x3fffe6, 22),  // 190
    Code(0x7ffff1, 23),  // 191
    Code(0x3ffffe0, 26),  // 192
    Code(0x3ffffe1, 26),  // 193
    Code(0xfffeb, 20),  // 194
    Code(0x7fff1, 19),  // 195
    Code(0x3fffe7, 22),  // 196
    Code(0x7ffff2, 23),  // 197
    Code(0x3fffe8, 22),  // 198
    Code(0x1ffffec, 25),  // 199
    Code(0x3ffffe2, 26),  // 200
    Code(0x3ffffe3, 26),  // 201
    Code(0x3ffffe4, 26),  // 202
    Code(0x7ffffde, 27),  // 203
    Code(0x7ffffdf, 27),  // 204
    Code(0x3ffffe5, 26),  // 205
    Code(0xfffff1, 24),  // 206
    Code(0x1ffffed, 25),  // 207
    Code(0x7fff2, 19),  // 208
    Code(0x1fffe3, 21),  // 209
    Code(0x3ffffe6, 26),  // 210
    Code(0x7ffffe0, 27),  // 211
    Code(0x7ffffe1, 27),  // 212
    Code(0x3ffffe7, 26),  // 213
    Code(0x7ffffe2, 27),  // 214
    Code(0xfffff2, 24),  // 215
    Code(0x1fffe4, 21),  // 216
    Code(0x1fffe5, 21),  // 217
    Code(0x3ffffe8, 26),  // 218
    Code(0x3ffffe9, 26),  // 219
    Code(0xffffffd, 28),  // 220
    Code(0x7ffffe3, 27),  // 221
    Code(0x7ffffe4, 27),  // 222
    Code(0x7ffffe5, 27),  // 223
    Code(0xfffec, 20),  // 224
    Code(0xfffff3, 24),  // 225
    Code(0xfffed, 20),  // 226
    Code(0x1fffe6, 21),  // 227
    Code(0x3fffe9, 22),  // 228
    Code(0x1fffe7, 21),  // 229
    Code(0x1fffe8, 21),  // 230
    Code(0x7ffff3, 23),  // 231
    Code(0x3fffea, 22),  // 232
    Code(0x3fffeb, 22),  // 233
    Code(0x1ffffee, 25),  // 234
    Code(0x1ffffef, 25),  // 235
    Code(0xfffff4, 24),  // 236
    Code(0xfffff5, 24),  // 237
    Code(0x3ffffea, 26),  // 238
    Code(0x7ffff4, 23),  // 239
    Code(0x3ffffeb, 26),  // 240
    Code(0x7ffffe6, 27),  // 241
    Code(0x3ffffec, 26),  // 242
    Code(0x3ffffed, 26),  // 243
    Code(0x7ffffe7, 27),  // 244
    Code(0x7ffffe8, 27),  // 245
    Code(0x7ffffe9, 27),  // 246
    Code(0x7ffffea, 27),  // 247
    Code(0x7ffffeb, 27),  // 248
    Code(0xffffffe, 28),  // 249
    Code(0x7ffffec, 27),  // 250
    Code(0x7ffffed, 27),  // 251
    Code(0x7ffffee, 27),  // 252
    Code(0x7ffffef, 27),  // 253
    Code(0x7fffff0, 27),  // 254
    Code(0x3ffffee, 26),  // 255
    Code(0x3fffffff, 30),  // 256 EOS
  ]
}
