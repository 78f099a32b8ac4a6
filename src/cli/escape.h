/* -e: \n \t \r \" \' \\ and \xHH in a text become what they mean, in place. Others, \x00 among them, stay as they are. */
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

void escape_undo(char *s);

#endif
