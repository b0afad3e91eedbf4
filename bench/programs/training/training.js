// What a profile is trained on: a scanner, classes, generators, sorting, big loops
class Shape{constructor(w){this.w=w}area(){return 0}}
class Box extends Shape{constructor(w,h){super(w);this.h=h}area(){return this.w*this.h}}
class Disc extends Shape{get r(){return this.w/2}area(){return 3*this.r*this.r}}
function*upTo(n){for(let i=0;i<n;i++)yield i}
function scan(text){const out=[];let i=0;while(i<text.length){const c=text[i];if(c===' '){i++;continue}let j=i+1;if(c>='0'&&c<='9')while(j<text.length&&text[j]>='0'&&text[j]<='9')j++;out.push({at:i,text:text.slice(i,j)});i=j}return out}
function evaluate(tokens){let p=0;const atom=()=>{const t=tokens[p++].text;if(t!=='(')return+t;const v=sum();p++;return v};const product=()=>{let v=atom();while(tokens[p]?.text==='*'){p++;v=v*atom()%9973}return v};const sum=()=>{let v=product();while(tokens[p]?.text==='+'){p++;v+=product()}return v};return sum()}
let total=0;
for(const i of upTo(9000))total+=(i%3?new Box(i%7,3):new Disc(i%9)).area();
for(let i=0;i<900;i++)total+=evaluate(scan('12 * ('+i+' + 34 * (5 + 6)) + 7'));
const rows=Array.from({length:6000},(_,i)=>({k:i*7919%6007,n:'row '+i}));
rows.sort((a,b)=>a.k-b.k);
const by={};for(const{k,n}of rows)(by[n.replace(/\d$/,'')]??=[]).push(k);
total+=JSON.stringify(by).split(',').length+rows.map(r=>r.n).join().match(/w \d+/g).length;
let x=1;for(let i=0;i<500000;i++)x=(x*5+i)|0;
(typeof console!=='undefined'?console.log:print)('training '+total+' '+x);
